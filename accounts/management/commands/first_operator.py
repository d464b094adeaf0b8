"""`manage.py first_operator`: see the class."""

import secrets
from itertools import chain, count
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import User
from accounts.services.by_hand import add_person
from accounts.services.people import is_taken
from chatsystem.audit.types import Actor


class Command(BaseCommand):
    """Makes an operator with a password of chance where there is none yet, and prints both, this once."""

    help = __doc__ or ""

    def add_arguments(self, parser: Any) -> None:
        """Take the name."""
        parser.add_argument("--username", default="operator")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        """Do it."""
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            return
        # Anyone may have registered the name, or an operator of that name was suspended.
        names = chain([username], (f"{username}{number}" for number in count(2)))
        username = next(name for name in names if not is_taken(username=name))
        password = secrets.token_urlsafe(12)
        add_person(username=username, password=password, actor=Actor.command(), is_superuser=True)
        self.stdout.write(f"First operator, shown this once: name {username}, password {password}")
