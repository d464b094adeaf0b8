"""`manage.py work`: see the class."""

import json
import signal
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError

from chatsystem.jobs.reloading import Reloader
from chatsystem.jobs.totals import FAILED, OUTCOMES, RETRIED
from chatsystem.jobs.worker import Worker
from chatsystem.jobs.workers import lives_here

EXIT_CODES = """
Exit codes: 0 it was told to stop, or with --once all that was due is done; 1 with --once, something failed or is to be
tried again; 2 with --once, SQL can't be reached. With --check: 0 a worker lives here, 1 none does, 2 as above.
"""
UNFINISHED, NOBODY, UNREACHABLE = 1, 1, 2


class Command(BaseCommand):
    """Does jobs until SIGTERM or SIGINT, which it heeds after the step under way; what is left goes on elsewhere.

    Any number of workers may run, on any machines. One that is killed costs nothing but a minute.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how long to run."""
        parser.epilog = EXIT_CODES
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--once", action="store_true", help="do all that is due, and end")
        mode.add_argument("--check", action="store_true", help="say whether a worker lives on this machine, and end")
        parser.add_argument("--json", action="store_true", help="with --once, print how many jobs ended in which way")
        parser.add_argument("--reload", action="store_true", help="start anew on a change of code, for development")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        if options["check"]:
            self._check()
            return
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        worker = Worker(stopping=stopping)
        if not options["once"]:
            worker.run(idle=Reloader(stopping=stopping).look if options["reload"] else lambda: None)
            return
        try:
            worker.run_once()
        except (OperationalError, InterfaceError) as error:
            raise _unreachable(error) from error
        self._tell({outcome: worker.outcomes[outcome] for outcome in OUTCOMES}, as_json=options["json"])

    def _check(self) -> None:
        try:
            lives = lives_here()
        except (OperationalError, InterfaceError) as error:
            raise _unreachable(error) from error
        if not lives:
            raise CommandError("No worker was seen on this machine in the last minute.", returncode=NOBODY)

    def _tell(self, outcomes: dict[str, int], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(outcomes))
        else:
            self.stdout.write(", ".join(f"{number} {outcome}" for outcome, number in outcomes.items()))
        if outcomes[FAILED] or outcomes[RETRIED]:
            sys.exit(UNFINISHED)


def _unreachable(error: Exception) -> CommandError:
    return CommandError(f"SQL can't be reached ({type(error).__name__}).", returncode=UNREACHABLE)
