"""`manage.py demo`: see the class."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chatsystem.errors import ChatError, InvalidLogin
from messaging.services.demo import DAYS, MESSAGES, make_demo


class Command(BaseCommand):
    """Makes three people with messages to look at, where they aren't there yet, and prints their logins."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        try:
            logins = make_demo()
        except InvalidLogin as error:
            raise CommandError(
                "There is an account of a demo's name with another password; it is left alone."
            ) from error
        except ChatError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{MESSAGES} messages over {DAYS} days. Log in as:")
        for login in logins:
            self.stdout.write(f"  name {login.username}, password {login.password}")
