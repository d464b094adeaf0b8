"""`manage.py doctor`: see the class."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chatsystem import doctor
from chatsystem.doctor.findings import Finding

WORDS = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}


class Command(BaseCommand):
    """Examines settings, Cassandra, SQL and Redis: a line for each finding, and how to mend what is wrong.

    Ends with 0 where all is well, 2 where something failed, and 1 where something is only to be warned of and
    `--strict` was given.
    """

    help = __doc__ or ""
    requires_system_checks = ()  # they are part of what is told

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the options."""
        parser.add_argument("--json", action="store_true", help="print a list of objects instead of lines")
        parser.add_argument("--strict", action="store_true", help="end with 1 where there are warnings")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        found = doctor.examine()
        if options["json"]:
            self.stdout.write(json.dumps([{"part": part, **asdict(finding)} for part, finding in found], indent=2))
        else:
            for part, finding in found:
                self.stdout.write(in_a_line(part, finding))
        if status := exit_status(found, strict=options["strict"]):
            sys.exit(status)


def in_a_line(part: str, finding: Finding) -> str:
    """Return the finding as people read it."""
    line = f"{WORDS[finding.level]}  {part:9}  {finding.message}"
    return f"{line}. {finding.mend}" if finding.mend else line


def exit_status(found: list[tuple[str, Finding]], *, strict: bool) -> int:
    """Return the command's status."""
    levels = {finding.level for _, finding in found}
    if "failed" in levels:
        return 2
    return 1 if strict and "warning" in levels else 0
