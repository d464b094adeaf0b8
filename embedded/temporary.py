"""Parts for one run of the tests: on ports of their own, in a directory of their own, gone afterwards."""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.cassandra import Cassandra
from embedded.errors import PortTaken
from embedded.guard import guard
from embedded.parts import Part
from embedded.ports import free_ports
from embedded.valkey import Valkey

TRIES = 5  # for ports that somebody else takes first


class TemporaryParts:
    """A Cassandra and a Valkey that start at once; `wait_ready` says when they can be used.

    Everything goes when the process that made them ends, in whatever way. `parent` is where their directory is made.
    """

    def __init__(self, parent: str | None = None) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="embedded-", dir=parent))
        guard().remove(self.directory)
        native, storage, redis = free_ports(3)
        self.cassandra = Cassandra(self.directory / "cassandra", native, storage_port=storage)
        self.valkey = Valkey(self.directory / "valkey", redis)

    @property
    def environment(self) -> dict[str, str]:
        """What the service needs to find them; in the rare case of a lost race for a port `wait_ready` changes it."""
        return {"CASSANDRA_NODES": self.cassandra.nodes, "REDIS_URL": self.valkey.url}

    def start(self) -> None:
        """Start both; returns at once."""
        for part in (self.cassandra, self.valkey):
            part.start()

    def wait_ready(self, timeout: float | None = None) -> None:
        """Return when both answer."""
        for part in (self.valkey, self.cassandra):
            for _ in range(TRIES):
                try:
                    part.wait_ready(timeout)
                    break
                except PortTaken:
                    self._move(part)
            else:
                part.wait_ready(timeout)

    def remove(self) -> None:
        """End both at once and delete what they wrote."""
        # Nobody reads it again, so nothing needs to be flushed; side by side, since a large heap takes a while to go.
        threads = [threading.Thread(target=part.kill) for part in (self.cassandra, self.valkey)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _move(self, part: Part) -> None:
        part.kill()
        part.port, storage = free_ports(2)
        if isinstance(part, Cassandra):
            part.storage_port = storage
        part.start()


@contextmanager
def temporary_parts() -> Iterator[TemporaryParts]:
    """Start a Cassandra and a Valkey, remove them at the end of the block.

    The block begins at once, so that other work can go on meanwhile; call `wait_ready` before using them.
    """
    parts = TemporaryParts()
    try:
        parts.start()
        yield parts
    finally:
        parts.remove()
