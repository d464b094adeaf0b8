"""`manage.py backup`: see the class."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from chatsystem.errors import StorageUnavailable
from messaging.services import backups
from messaging.services.backups import in_words


class Command(BaseCommand):
    """Writes people, messages and the audit log into a new directory below PATH, beside a running service.

    Exit codes: 0 the backup is whole; 1 it could not be written; 2 wrong arguments; 5 a database can't be reached.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: Any) -> None:
        """Take the place, and how many are kept."""
        parser.add_argument("path", type=Path, metavar="PATH")
        parser.add_argument(
            "--keep", type=int, default=0, metavar="NUMBER", help="delete all but the NUMBER newest ones; none for 0"
        )

    def handle(self, *args: Any, path: Path, keep: int, **options: Any) -> None:
        """Do it."""
        if keep < 0:
            raise CommandError("--keep takes how many backups stay, from 0 on.", returncode=2)
        directory = path / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}"
        try:
            about = backups.back_up(directory)
        except (StorageUnavailable, OperationalError, InterfaceError) as error:
            raise CommandError(f"A database can't be reached ({type(error).__name__}).", returncode=5) from error
        except OSError as error:
            raise CommandError(f"{directory} can't be written: {error.strerror}.") from error
        self.stdout.write(f"{directory}: {in_words(about)}.")
        for old in backups.older_than(path, keep=keep) if keep else ():
            shutil.rmtree(old)
            self.stdout.write(f"Deleted {old}.")
