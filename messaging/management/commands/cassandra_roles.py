"""`manage.py cassandra_roles`: see the class."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chatsystem.errors import StorageUnavailable
from messaging.store import roles
from messaging.store.session import ALIAS


class Command(BaseCommand):
    """Makes the cluster's roles: the superuser that the settings name, and one for the service with few rights.

    For a cluster of one's own, as the superuser of CASSANDRA_USERNAME; it drops the one that every new cluster has.
    Exit codes: 0 all is so; 2 wrong arguments; 3 the cluster knows other passwords; 5 Cassandra can't be reached.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: Any) -> None:
        """Take the service's role."""
        parser.add_argument("--service", required=True, metavar="NAME", help="the role that the service logs in with")
        # Not the password itself: everybody on the machine can read command lines.
        parser.add_argument("--password-file", required=True, type=Path, metavar="PATH", help="what holds its password")

    def handle(self, *args: Any, service: str, password_file: Path, **options: Any) -> None:
        """Do it."""
        if settings.DATABASES[ALIAS]["USER"] in {"", roles.EVERYBODYS, service}:
            raise CommandError(
                f"CASSANDRA_USERNAME must name the superuser to be made: neither {roles.EVERYBODYS} nor {service}.",
                returncode=2,
            )
        try:
            password = password_file.read_text().strip()
            roles.prepare(service=service, password=password, tell=self.stdout.write)
        except OSError as error:
            raise CommandError(f"{password_file} can't be read: {error.strerror}.", returncode=2) from error
        except roles.NoWayIn as error:
            raise CommandError(
                "Cassandra refuses CASSANDRA_USERNAME with its password, and is not new: give it the password that the "
                "cluster knows.",
                returncode=3,
            ) from error
        except StorageUnavailable as error:
            raise CommandError(
                f"Cassandra can't be reached ({error.__cause__}): see CASSANDRA_NODES.", returncode=5
            ) from error
        self.stdout.write("Cassandra's roles are as they should be.")
