"""Whether Cassandra answers, and has the tables that the models want."""

from messaging.store.schema import missing_parts
from messaging.store.session import get_session, outages

__all__ = ["missing_parts", "ping"]


def ping(*, timeout: float) -> None:
    """Read one row of the cluster's own. Raises `StorageUnavailable` after `timeout` seconds at most."""
    with outages():
        get_session().execute("SELECT release_version FROM system.local", timeout=timeout)
