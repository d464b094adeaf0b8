"""`manage.py reset_link`: see the class."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Link
from accounts.services.links import LIFETIMES
from accounts.services.passwords import make_reset_link
from accounts.services.people import find_active_person


class Command(BaseCommand):
    """Prints a link, this once, by which whoever has it sets a new password for a person, within an hour."""

    help = __doc__ or ""

    def add_arguments(self, parser: Any) -> None:
        """Take the name."""
        parser.add_argument("name", help="Whose password is to be set anew.")
        parser.add_argument("--json", action="store_true", help="Print an object with name, link and expires_in.")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        """Do it. Ends with 1 where there is no such person."""
        person = find_active_person(username=name)
        if person is None:
            raise CommandError(f"Nobody who may log in has the name {name!a}.")
        link = make_reset_link(person=person)
        if options["json"]:
            seconds = int(LIFETIMES[Link.Purpose.RESET_PASSWORD].total_seconds())
            self.stdout.write(json.dumps({"name": person.username, "link": link, "expires_in": seconds}))
        else:
            self.stdout.write(link)
