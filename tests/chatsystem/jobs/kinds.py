"""A kind of job for tests: it writes lines into a file, and its process can be killed at any point.

`python -m tests.chatsystem.jobs.kinds <event> <number>` is the worker's command in a process that kills itself when the
event happens for that time.
"""

import os
import signal
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import django

NAME = "tests.lines"
EVENTS = ("claimed", "written", "before save", "saved", "before end", "ended")


def write_lines(run):
    """Write `lines` numbered lines, one a step; `slow` makes a step take so many seconds."""
    from chatsystem.jobs.observing import tell

    number, lines = run.cursor or 0, run.arguments["lines"]
    run.save(cursor=number, total=lines)
    while number < lines:
        time.sleep(run.arguments.get("slow", 0))
        with Path(run.arguments["file"]).open("a") as file:
            file.write(f"{number}\n")
        tell("written")
        number += 1
        run.save(cursor=number, done=number)


def register(handler=write_lines, *, name=NAME, daily=False):
    """Have this process know the kind."""
    from chatsystem.jobs.registry import handles

    return handles(name, label="Write lines", daily=daily)(handler)


@contextmanager
def known(handler, name=NAME, daily=False):
    """Have this process know a kind in the block."""
    from chatsystem.jobs import registry

    registry.kinds()
    register(handler, name=name, daily=daily)
    try:
        yield
    finally:
        del registry._kinds[name]


def work_until(event, times, *arguments):
    """Run the worker's command, and kill this process when the event happens for that time.

    The store's requests are events too, as `sent redact` just before one, and `answered redact` just behind it.
    """
    from django.core.management import call_command

    from chatsystem.jobs import claiming, observing, workers
    from messaging.store import session

    left, lost_after = times, float(os.environ["TEST_LOST_AFTER"])

    def observe(happened):
        nonlocal left
        left -= happened == event
        if happened == event and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    observing.observers.append(observe)
    session.observers.append(lambda happened, name, seconds: observe(f"{happened} {name}"))
    claiming.LOST_AFTER, workers.HEARTBEAT = timedelta(seconds=lost_after), lost_after / 6  # as in earnest
    call_command("work", *arguments)


def main(event, times, *arguments):
    django.setup()
    register()
    work_until(event, int(times), *arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
