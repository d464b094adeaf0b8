"""`manage.py restore`: see the class."""

import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from chatsystem.errors import StorageUnavailable
from messaging.services import backups

UNREACHABLE = 5


class Command(BaseCommand):
    """Brings a backup back into databases without people: schemas, messages, people, audit log; then checks all of it.

    Exit codes: 0 all of it is there; 1 something is there that can't be mended, or the audit log isn't whole; 2 wrong
    arguments, or the audit log can't be looked at; 3 the backup is unsound, or there are people already; 5 a database
    can't be reached. Whatever a check finds, the others follow and the cache is emptied; the highest code is told.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: Any) -> None:
        """Take the backup's directory."""
        parser.add_argument("path", type=Path, metavar="PATH", help="a backup's own directory, as backup named it")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        """Do it."""
        try:
            call_command("migrate", interactive=False, verbosity=0)
            call_command("migrate_cassandra", stdout=self.stdout, stderr=self.stderr)
            about = backups.restore(path)
        except backups.UnsoundBackup as error:
            raise CommandError(f"{path}: {error}.", returncode=3) from error
        except backups.NotEmpty as error:
            raise CommandError(
                "There are people already: restore into a new SQL database; an audit log can't be emptied.",
                returncode=3,
            ) from error
        except (StorageUnavailable, OperationalError, InterfaceError) as error:
            raise CommandError(away(error), returncode=UNREACHABLE) from error
        self.stdout.write(f"Restored {backups.in_words(about)}.")
        codes = [self._call("audit_verify")]
        # What was sent while the backup was made may be there in part.
        backups.wait_until_settled(about)
        codes.append(self._call("check_messages"))
        # Pages of what was there before would be shown for a minute.
        codes.append(self._call("migrate_cassandra", "--empty-cache"))
        if worst := max(codes):
            sys.exit(worst)

    def _call(self, *command: str) -> int:
        """Run a command; print why it ended, and return its exit code."""
        try:
            call_command(*command, stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:
            self.stderr.write(str(error))
            return error.returncode
        except (OperationalError, InterfaceError) as error:
            self.stderr.write(away(error))
            return UNREACHABLE
        except SystemExit as ending:  # it has said why
            return int(ending.code or 0)
        return 0


def away(error: Exception) -> str:
    """Return what is said of a database that is away; the text of what SQL says may quote values."""
    return f"A database can't be reached ({type(error).__name__})."
