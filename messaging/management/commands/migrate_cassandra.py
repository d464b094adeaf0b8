"""`manage.py migrate_cassandra`: see the class."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chatsystem.errors import StorageUnavailable
from messaging.store import schema


class Command(BaseCommand):
    """Brings the keyspace to the models: makes what is missing, changes and drops nothing."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        try:
            schema.synchronize()
            missing = schema.missing_parts()
        except StorageUnavailable as error:
            raise CommandError(f"Cassandra can't be reached ({error.__cause__}): see CASSANDRA_NODES.") from error
        if missing:
            raise CommandError(f"The keyspace still lacks {', '.join(missing)}.")
        self.stdout.write("Cassandra's schema is up to date.")
