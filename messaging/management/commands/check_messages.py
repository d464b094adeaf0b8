"""`manage.py check_messages`: see the class."""

import json
import sys
import time
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from chatsystem.errors import StorageUnavailable
from messaging.services.examination import Finding, examine_person, people_to_examine

EXIT_CODES = """
Exit codes: 0 nothing is wrong, or all that was found is mended; 1 something is wrong: --dry-run found it, or it can't
be mended; 2 wrong arguments; 5 Cassandra can't be reached. After 5, and after any other end, the same command may be
run again; with --after it goes on behind the last person that it named.
"""
WRONG, WRONG_ARGUMENTS, UNREACHABLE = 1, 2, 5
PROGRESS_EVERY = 10  # seconds


class Command(BaseCommand):
    """Compares all copies of each message, and what tells of them, and mends what doesn't agree.

    A mend writes a value where it is missing with the stamp that it has elsewhere, so it never overwrites anything
    newer, and service may go on meanwhile. What happened in the last 10 s is left alone. A copy that its owner removed
    stays removed.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: Any) -> None:
        """Take whom to examine, and how to tell."""
        parser.epilog = EXIT_CODES
        parser.add_argument("--person", metavar="NAME", help="examine only this person's messages, on both sides")
        parser.add_argument("--after", type=UUID, metavar="ID", help="go on behind the person with this id")
        parser.add_argument("--dry-run", action="store_true", help="print what is wrong, and mend nothing")
        parser.add_argument("--json", action="store_true", help="print one object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        self._as_json, self._mend = options["json"], not options["dry_run"]
        self._found: dict[Finding, None] = {}
        people, last = 0, None
        named = time.monotonic()
        try:
            for person in people_to_examine(username=options["person"], after=options["after"]):
                examine_person(person=person, mend=self._mend, tell=self._tell)
                people, last = people + 1, person
                if time.monotonic() - named > PROGRESS_EVERY:
                    self._say_where(last)
                    named = time.monotonic()
        except (StorageUnavailable, KeyboardInterrupt) as error:
            self._say_where(last)
            self._conclude(people, last, is_complete=False)
            if isinstance(error, KeyboardInterrupt):
                raise
            raise CommandError(
                f"Cassandra can't be reached ({error.__cause__}): see CASSANDRA_NODES.", returncode=UNREACHABLE
            ) from error
        if options["person"] is not None and not people:
            raise CommandError("There is nobody of that name.", returncode=WRONG_ARGUMENTS)
        self._conclude(people, last, is_complete=True)
        if any(not finding.is_mended for finding in self._found):
            sys.exit(WRONG)

    def _tell(self, finding: Finding) -> None:
        """Print a finding once: a message is met on both sides of its conversation."""
        if finding in self._found:
            return
        self._found[finding] = None
        if not self._as_json:
            self.stdout.write(in_a_line(finding))

    def _say_where(self, last: User | None) -> None:
        """Print beside the result how far it came."""
        if last is not None:
            self.stderr.write(f"Examined up to {last.username}; go on with --after {last.pk}", style_func=str)

    def _conclude(self, people: int, last: User | None, *, is_complete: bool) -> None:
        if self._as_json:
            report = {
                "people": people,
                "examined_up_to": last and last.pk,
                "complete": is_complete,
                "findings": [asdict(finding) for finding in self._found],
            }
            self.stdout.write(json.dumps(report, indent=2, default=str))
        else:
            mended = sum(finding.is_mended for finding in self._found)
            self.stdout.write(f"{people} people examined, {len(self._found)} findings, {mended} mended.")


def in_a_line(finding: Finding) -> str:
    """Return the finding as people read it."""
    where = "inbox" if finding.conversation_id is None else f"conversation {finding.conversation_id}"
    end = "mended" if finding.is_mended else "not mended"
    return f"{finding.kind:18}  owner {finding.owner_id}, {where}, message {finding.message_id}: {end}"
