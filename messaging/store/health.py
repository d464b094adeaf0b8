"""Whether Cassandra answers, and has what the code wants."""

from messaging.store import schema
from messaging.store.migration import changes
from messaging.store.session import get_session, outages

STEPS_TIMEOUT = 1.0  # seconds


def ping(*, timeout: float) -> None:
    """Read one row of the cluster's own. Raises `StorageUnavailable` after `timeout` seconds at most."""
    with outages():
        get_session().execute("SELECT release_version FROM system.local", timeout=timeout)


def missing_parts() -> list[str]:
    """Return the tables, columns and numbered steps that the keyspace lacks. Raises `StorageUnavailable`.

    No request, or one small read where the code has numbered steps.
    """
    return [*schema.missing_parts(), *(f"step {name}" for name in changes.unapplied(timeout=STEPS_TIMEOUT))]
