"""One command at a time: a lock that its holder renews, so that a killed holder blocks the others for `TTL` at most."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from cassandra import WriteTimeout

from chatsystem.errors import StorageUnavailable
from messaging.store.migration import records
from messaging.store.migration.errors import LockHeld, LockLost
from messaging.store.migration.records import execute

TTL = 30  # seconds; a minute at most, which is how long a killed holder may block the others
MAX_TTL = 60
WAIT = 120  # seconds: longer than a killed holder blocks
POLL = 0.25  # seconds between two tries
RENEWALS = 5  # in a lock's life
# The part of its life that a holder counts on. Cassandra counts whole seconds by its nodes' clocks, which may be 5 s
# apart, so the lock may end early.
SURE = 0.75

TAKE = "UPDATE schema_steps USING TTL %s SET holder = %s WHERE scope = %s IF holder = null"
RENEW = "UPDATE schema_steps USING TTL %s SET holder = %s WHERE scope = %s IF holder = %s"
RELEASE = "DELETE holder FROM schema_steps WHERE scope = %s IF holder = %s"


class Lock:
    """The lock while it is ours, renewed by a thread of its own."""

    def __init__(self, ttl: int) -> None:
        self.ttl = ttl
        self.holder = f"process {os.getpid()} on {socket.gethostname()} ({secrets.token_hex(8)})"
        self._scope = records.SCOPE
        self._pause = ttl / RENEWALS
        self._sure = min(ttl * SURE, ttl - 1)
        self._ours_until = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="schema lock", daemon=True)

    def check(self) -> None:
        """Raise `LockLost` where somebody else may have it by now. Call before each change."""
        if time.monotonic() >= self._ours_until:
            raise LockLost("The lock could not be renewed in time. Run the command again.")

    def take(self) -> str | None:
        """Try once; return who has it if that isn't us."""
        began = time.monotonic()
        try:
            row = execute(TAKE, self.ttl, self.holder, self._scope)[0]
        except StorageUnavailable as error:
            if isinstance(error.__cause__, WriteTimeout):
                return "somebody"  # several try at the same moment; the next try tells who has it
            raise
        # The try before may have been ours, though it brought no answer.
        if not row["[applied]"] and row["holder"] != self.holder:
            return str(row["holder"])
        self._ours_until = began + self._sure
        self._thread.start()
        return None

    def release(self) -> None:
        """Let the next one have it now. If Cassandra is away, the lock goes by itself after `ttl` seconds."""
        self._ended.set()
        self._thread.join()
        with suppress(StorageUnavailable):
            execute(RELEASE, self._scope, self.holder)

    def _keep(self) -> None:
        while not self._ended.wait(self._pause):
            began = time.monotonic()
            with suppress(StorageUnavailable):  # the next try may work, and `check` knows how long it has
                self._ours_until = began + self._sure if self._renew() else 0.0

    def _renew(self) -> bool:
        row = execute(RENEW, self.ttl, self.holder, self._scope, self.holder, timeout=self._pause)[0]
        return bool(row["[applied]"])


@contextmanager
def hold(*, ttl: int = TTL, wait: float = WAIT, tell: Callable[[str], None]) -> Iterator[Lock]:
    """Hold the lock in the block. Raises `LockHeld` after `wait` seconds; `tell` hears whom we wait for."""
    lock = Lock(ttl)
    deadline = time.monotonic() + wait
    told = None
    while (holder := lock.take()) is not None:
        if time.monotonic() > deadline:
            raise LockHeld(f"The schema's lock is held by {holder}, longer than {wait:g} s.")
        if holder != told:
            tell(f"Waiting for {holder}, which holds the schema's lock.")
            told = holder
        time.sleep(POLL)
    try:
        yield lock
    finally:
        lock.release()
