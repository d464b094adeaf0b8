"""`python -m tests.prove.dying_worker <event> <number>`: the worker's command, with small steps of redactions.

It kills itself when the event happens for that time; see `tests.chatsystem.jobs.kinds`.
"""

import sys

import django

from tests.chatsystem.jobs.kinds import work_until

STEP = 3  # messages


def main(event, times, *arguments):
    django.setup()
    from moderation import jobs

    jobs.REDACTION_STEP = STEP
    work_until(event, int(times), *arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
