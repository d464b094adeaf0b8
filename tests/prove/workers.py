"""Workers as processes that kill themselves at a point of their work."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

from tests.server import ROOT

NEVER = "never"
LOST_AFTER = 2  # seconds until another worker takes up a dead one's job, instead of a minute


class Process:
    """The worker's command in a process of its own, which kills itself when an event happens for that time."""

    def __init__(self, module, database, log, event, times, *arguments, lost_after=LOST_AFTER):
        command = [sys.executable, "-m", module, event, str(times), *arguments]
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "chatsystem.settings",
            "TEST_LOST_AFTER": str(lost_after),
        }
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)

    def ends_with(self, status):
        assert self.process.wait(60) == status, self.log.read_text()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.ends_with(0)


@contextmanager
def new_workers(database, directory, module="tests.chatsystem.jobs.kinds"):
    """A starter of processes, which end with the block at the latest."""
    started = []

    def start(event=NEVER, times=1, *arguments, **options):
        log = directory / f"worker{len(started)}.log"
        started.append(Process(module, database, log, event, times, *arguments, **options))
        return started[-1]

    try:
        yield start
    finally:
        for one in started:
            one.process.kill()
            one.process.wait()
