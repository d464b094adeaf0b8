"""`manage.py audit_export`: see the class."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any, ClassVar

from chatsystem.audit.actions import Action
from chatsystem.audit.entries import Filters
from chatsystem.audit.exporting import FORMS, count_wanted, export_entries
from chatsystem.audit.reasons import clean_reason
from chatsystem.management.levers import LeverCommand, Outcome, add_options, moment

EXIT_CODES = "Exit codes: 0 all is printed; 1 refused; 2 wrong arguments, or SQL can't be read: what came is a part."


class Command(LeverCommand):
    """Prints the audit log, or those entries of it that are wanted, the oldest first. That it was is an entry too.

    With `--dry-run` it says how many they are, and with `--json` does that, and refuses, by an object.
    """

    help = __doc__ or ""
    permissions: ClassVar = {"": ["chatsystem.export_auditentry"]}

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which entries, and how."""
        parser.epilog = EXIT_CODES
        parser.add_argument("--format", choices=sorted(FORMS), default="ndjson")
        parser.add_argument("--actor", default="", metavar="ID", help="the id of who acted")
        parser.add_argument("--action", default="", choices=["", *Action.values], metavar="ACTION")
        parser.add_argument("--target", default="", metavar="KIND[:ID]", help="as person:ID, or person for all people")
        parser.add_argument("--since", type=moment, metavar="TIME", help="as 2026-11-24 or 2026-11-24T12:00+01:00")
        parser.add_argument("--until", type=moment, metavar="TIME", help="the same; entries of just then are left out")
        parser.add_argument("--reason", default="", help="why, for the audit log; may be left out")
        add_options(parser, reason=False)

    def act(
        self,
        *,
        format: str,
        actor: str,
        action: str,
        target: str,
        since: datetime | None,
        until: datetime | None,
        reason: str,
        dry_run: bool,
        **_: Any,
    ) -> Outcome | None:
        """Do it."""
        reason = clean_reason(reason, required=False)
        kind, _colon, target_id = target.partition(":")
        filters = Filters(actor, action, kind, target_id, since, until)
        if dry_run:
            entries = count_wanted(filters=filters)
            return Outcome({"entries": entries, "format": format}, f"{entries} entries exported as {format}.")
        for line in export_entries(actor=self.actor, form=format, filters=filters, reason=reason):
            self.stdout.write(line, ending="")
        return None
