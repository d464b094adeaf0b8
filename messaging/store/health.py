"""Whether Cassandra answers, and has what the code wants."""

from contextlib import suppress
from uuid import UUID

from messaging.store import schema
from messaging.store.migration import changes
from messaging.store.session import get_session, outages

STEPS_TIMEOUT = 1.0  # seconds
NOBODY = UUID(int=0)
ANYTHING = "SELECT bucket FROM timeline_buckets WHERE owner_id = %s AND conversation_id = %s LIMIT 1"


def ping(*, timeout: float) -> None:
    """Read from a table of ours, with the quorum that messages need: a node's own tables would answer without one.

    Raises `StorageUnavailable` after `timeout` seconds at most. A table that isn't there is `missing_parts`' to tell.
    """
    with outages(), suppress(*schema.REFUSALS):
        get_session().execute(ANYTHING, [NOBODY, NOBODY], timeout=timeout)


def missing_parts() -> list[str]:
    """Return the tables, columns and numbered steps that the keyspace lacks. Raises `StorageUnavailable`.

    No request, or one small read where the code has numbered steps.
    """
    return [*schema.missing_parts(), *(f"step {name}" for name in changes.unapplied(timeout=STEPS_TIMEOUT))]
