"""`manage.py audit_verify`: see the class."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from chatsystem.audit import triggers
from chatsystem.audit.chain import in_utc
from chatsystem.audit.verification import Verdict, ahead_until, verify

EXIT_CODES = """
Exit codes: 0 the log is whole; 1 it is broken, and the first number is told at which it is, or the database does not
protect it any more; 2 it could not be looked at.
"""
BROKEN, COULD_NOT_LOOK = 1, 2


class Command(BaseCommand):
    """Walks the audit log and says whether an entry was changed, removed, inserted or moved, or the end was cut off.

    It takes about a minute for a million entries, and service may go on meanwhile. Note the number and the hash that it
    prints where nobody who administers the database can change them, and give them to it the next time.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what was noted, and how to tell."""
        parser.epilog = EXIT_CODES
        parser.add_argument("--known", nargs=2, metavar=("NUMBER", "HASH"), help="what an earlier run has printed")
        parser.add_argument("--json", action="store_true", help="print one object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        known = self._known(options["known"])
        try:
            verdict, unprotected, ahead = verify(known=known), triggers.missing(connection), ahead_until()
        except DatabaseError as error:
            # The text of what SQLite and PostgreSQL say may quote values; its kind is enough.
            raise CommandError(f"SQL can't be read ({type(error).__name__}).", returncode=COULD_NOT_LOOK) from error
        if options["json"]:
            report = {"whole": verdict.is_whole, **asdict(verdict), "missing_triggers": unprotected}
            self.stdout.write(json.dumps({**report, "ahead_until": in_utc(ahead) if ahead else None}))
        else:
            self.stdout.write(in_lines(verdict, unprotected, ahead))
        if unprotected or not verdict.is_whole:
            sys.exit(BROKEN)

    def _known(self, given: list[str] | None) -> tuple[int, str] | None:
        if given is None:
            return None
        number, digest = given
        if not number.isdecimal() or len(digest) != 64:
            raise CommandError("--known takes a number and a hash of 64 digits.", returncode=COULD_NOT_LOOK)
        return int(number), digest.lower()


def in_lines(verdict: Verdict, unprotected: list[str], ahead: datetime | None) -> str:
    """Return the verdict as people read it."""
    lines = [f"{verdict.entries} entries are whole, up to {verdict.entries} {verdict.hash}"]
    if not verdict.is_whole:
        lines.append(f"BROKEN at {verdict.broken_at}: {verdict.problem}.")
    if unprotected:
        lines.append(f"UNPROTECTED: the database lacks the triggers {', '.join(unprotected)}.")
    if ahead:
        lines.append(f"AHEAD: a clock was wrong. Set it; entries until {in_utc(ahead)} carry that time.")
    return "\n".join(lines)
