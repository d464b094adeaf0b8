"""`manage.py reset_link`: see the class."""

from argparse import ArgumentParser
from typing import Any, ClassVar

from accounts.management.people import check_may_act_on
from accounts.models import Link
from accounts.services.links import LIFETIMES
from accounts.services.operators import give_reset_link
from accounts.services.people import find_active_person
from chatsystem.errors import PersonNotFound
from chatsystem.management.levers import LeverCommand, Outcome, add_options


class Command(LeverCommand):
    """Prints a link, this once, by which whoever has it sets a new password for a person, within an hour."""

    help = __doc__ or ""
    permissions: ClassVar = {"": ["accounts.make_reset_links"]}

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name."""
        super().add_arguments(parser)
        parser.add_argument("name", help="Whose password is to be set anew.")
        parser.add_argument("--reason", default="", help="why, for the audit log; may be left out")
        add_options(parser, reason=False)

    def act(self, *, name: str, reason: str, dry_run: bool, **options: Any) -> Outcome:
        """Make it."""
        person = find_active_person(username=name)
        if person is None:
            raise PersonNotFound(f"Nobody who may log in has the name {name!a}.")
        check_may_act_on(person, by=self.operator)
        link = give_reset_link(person=person, actor=self.actor, reason=reason)
        seconds = int(LIFETIMES[Link.Purpose.RESET_PASSWORD].total_seconds())
        report = {"name": person.username, "expires_in": seconds}
        if dry_run:  # it's taken back, so it would lead nowhere
            return Outcome(report, f"a link for {person.username}, for {seconds} s.")
        return Outcome({**report, "link": link}, link)
