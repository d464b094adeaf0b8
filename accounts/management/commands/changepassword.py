"""`manage.py changepassword`: see the class."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Says what to take instead of Django's command of this name, which ends no sessions and writes nothing down.

    Exit code: always 2.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whatever Django's takes."""
        parser.add_argument("username", nargs="?", default="NAME")
        parser.add_argument("--database")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        """Refuse."""
        instead = f"manage.py person password {username} --password-file - --reason ..."
        raise CommandError(f"Nothing was changed. Take `{instead}`, which ends their sessions too.", returncode=2)
