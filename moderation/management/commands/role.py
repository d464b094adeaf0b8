"""`manage.py role`: see the class."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any, ClassVar

from accounts.management.people import get_subject
from chatsystem.management.levers import LeverCommand, Outcome, add_options
from moderation.roles import ROLES
from moderation.services.roles import grant_role, list_roles, revoke_role


class Command(LeverCommand):
    """Gives somebody a role, takes one away, or lists who has which: support, moderator, auditor, operator, owner."""

    help = __doc__ or ""
    permissions: ClassVar = dict.fromkeys(("grant", "revoke", "list"), ("accounts.grant_roles",))

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, for whom, which role."""
        super().add_arguments(parser)
        what = parser.add_subparsers(dest="what", required=True)
        for name in ("grant", "revoke"):
            one = what.add_parser(name)
            one.add_argument("name", help="whose role")
            one.add_argument("role", choices=ROLES)
            add_options(one)
        add_options(what.add_parser("list"), reason=False)

    def act(self, *, what: str, dry_run: bool, **options: Any) -> Outcome:
        """Do it."""
        if what == "list":
            holders = list_roles()
            lines = [f"{holder.username}: {', '.join(holder.roles)}" for holder in holders]
            return Outcome({"people": [asdict(holder) for holder in holders]}, "\n".join(lines) or "Nobody has a role.")
        person, role = get_subject(options["name"], by=self.operator), options["role"]
        change: dict[str, Any] = {"person": person, "role": role, "actor": self.actor, "reason": options["reason"]}
        changed = grant_role(**change, giver=self.operator) if what == "grant" else revoke_role(**change)
        words = {
            ("grant", True): "is {role} now",
            ("grant", False): "was {role} already",
            ("revoke", True): "is no longer {role}",
            ("revoke", False): "was not {role}",
        }[what, changed]
        report = {"name": person.username, "role": role, "changed": changed}
        return Outcome(report, f"{person.username} {words.format(role=role)}.")
