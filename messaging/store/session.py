"""One session with the cluster a process, made at its first use and never before a fork, and statements to run on it.

The engine registers the connection and the models use the same one; its own lazy connect isn't safe under
threads and stays broken after a time-out, so connecting happens here: in one thread at a time, which tries all nodes
however long that takes, while whoever needs the session waits as long as for an answer.
"""

import atexit
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Literal

from cassandra import (
    AuthenticationFailed,
    InvalidRequest,
    OperationTimedOut,
    RequestExecutionException,
    UnresolvableContactPoints,
    protocol,
)
from cassandra.cluster import Cluster, NoHostAvailable, ResponseFuture, Session
from cassandra.connection import ConnectionException
from cassandra.cqlengine.connection import register_connection, unregister_connection
from cassandra.io import libevreactor
from cassandra.query import BatchStatement, BoundStatement, PreparedStatement
from django.db import connections

from chatsystem.errors import StorageUnavailable
from messaging.store.cluster import REQUEST_TIMEOUT, ROWS

ALIAS = "cassandra"
PAUSE_AFTER_FAILURE = 1.0  # seconds in which requests fail at once instead of waiting for a connection each

Event = Literal["sent", "answered", "failed"]
# Told of what happens, with the request's name and, when it is answered, the seconds since it was sent: metrics and
# tests listen here. A request fails where the cluster can't do its work; it may not even be sent then.
observers: list[Callable[[Event, str, float], None]] = []

# What the driver raises when the cluster can't do its work. A wrong statement isn't among it: that is a bug.
OUTAGES = (
    NoHostAvailable,
    OperationTimedOut,
    RequestExecutionException,
    protocol.RequestExecutionException,
    protocol.ServerError,
    ConnectionException,
    UnresolvableContactPoints,
    AuthenticationFailed,
)

_lock = threading.Lock()
_session: Session | None = None
_connecting: Future[Session] | None = None  # what the thread that connects will bring, while there is one
_wait_until = 0.0  # the monotonic clock's seconds, for that one
_failed_at = float("-inf")


@contextmanager
def outages(name: str = "other") -> Iterator[None]:
    """Turn what the driver raises when the cluster can't do its work into `StorageUnavailable`."""
    try:
        yield
    except OUTAGES as error:
        _tell("failed", name)
        raise StorageUnavailable from error


def get_session() -> Session:
    """Return the process's session, in our keyspace. Raises `StorageUnavailable`, also without a keyspace."""
    session = get_bare_session()
    if session.keyspace is None:
        try:
            with outages("connect"):
                session.set_keyspace(connections[ALIAS].settings_dict["NAME"])
        except InvalidRequest as error:
            raise StorageUnavailable from error
    return session


def get_bare_session() -> Session:
    """Return the process's session, connecting if there is none, whether or not there is a keyspace.

    Raises `StorageUnavailable` where connecting takes longer than `REQUEST_TIMEOUT`. It goes on meanwhile, and who
    asks then fails at once until it has ended.
    """
    global _connecting, _wait_until  # a connection belongs to the process
    if _session is not None:
        return _session
    with _lock:
        if _session is not None:
            return _session
        if _connecting is None:
            if time.monotonic() - _failed_at < PAUSE_AFTER_FAILURE:
                raise StorageUnavailable
            _connecting, _wait_until = Future(), time.monotonic() + REQUEST_TIMEOUT
            # A daemon, and none of an executor's: nobody waits for it at the process's end.
            threading.Thread(target=_bring, args=(_connecting,), name="connecting to cassandra", daemon=True).start()
        connecting, patience = _connecting, max(0.0, _wait_until - time.monotonic())
    try:
        return connecting.result(patience)
    except TimeoutError:
        raise StorageUnavailable from TimeoutError(f"no connection within {REQUEST_TIMEOUT} s")


def _bring(connecting: Future[Session]) -> None:
    """Connect, and tell those who wait for it and those who will ask."""
    global _session, _connecting, _failed_at  # as above
    try:
        with outages("connect"):
            session = _connect()
    except BaseException as error:  # whoever waits should see it, whatever it is
        with _lock:
            _connecting, _failed_at = None, time.monotonic()
        connecting.set_exception(error)
    else:
        with _lock:
            _connecting, _session = None, session
        connecting.set_result(session)


def _connect() -> Session:
    """Return a new session, and have the models' own queries use it too."""
    engine = connections[ALIAS].settings_dict
    # When the apps were loaded, the engine registered a connection that is never made: it took what is its own out of
    # these options, and put the account in. Asked again by this thread, it would make that one.
    cluster = Cluster(engine["HOST"].split(","), **engine["OPTIONS"]["connection"])
    close = partial(_close, cluster)
    atexit.register(close)  # before it is connected, too: the process may end meanwhile
    try:
        session = cluster.connect()
    except Exception:
        atexit.unregister(close)
        cluster.shutdown()
        raise
    # What a statement's preparation takes, which no profile says; the driver's own limit is 10 s.
    session._default_timeout = REQUEST_TIMEOUT
    unregister_connection(ALIAS)
    register_connection(ALIAS, session=session, default=True)
    return session


def _close(cluster: Cluster) -> None:
    """End the driver's threads at the process's end.

    The driver's own clean-up stops what would stop its timer first, and then waits 5 s for a thread that waits for the
    timer. Asked in this order, it ends at once.
    """
    # One that is still connecting has a lock until it has tried all nodes; so told, it ends with the one it tries.
    cluster.control_connection.shutdown()
    cluster.shutdown()
    loop = libevreactor._global_loop
    if loop is not None and loop._thread is not None:
        loop._shutdown = True
        loop.notify()
        loop._thread.join(timeout=1)


class Statement:
    """A named CQL statement, prepared once a process."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._prepared: tuple[Session, PreparedStatement] | None = None

    def bind(self, *values: Any) -> BoundStatement:
        """Return the statement with its values, for a batch."""
        session = get_session()
        if self._prepared is None or self._prepared[0] is not session:
            with outages(self.name):
                prepared = session.prepare(self.text)
            prepared.is_idempotent = True  # every write of ours may be repeated: it names its own stamp
            self._prepared = session, prepared
        return self._prepared[1].bind(values)

    def start(self, *values: Any) -> "Answer":
        """Send the request and return at once; several can be under way side by side."""
        bound = self.bind(*values)
        _tell("sent", self.name)
        with outages(self.name):
            return Answer(self.name, get_session().execute_async(bound, execution_profile=ROWS))

    def run(self, *values: Any) -> list[tuple[Any, ...]]:
        """Send the request and return its rows."""
        return self.start(*values).rows()


class Answer:
    """What a request that is under way will bring."""

    def __init__(self, name: str, future: ResponseFuture) -> None:
        self._name = name
        self._future = future
        self._began = time.perf_counter()

    def rows(self) -> list[tuple[Any, ...]]:
        """Wait for the rows, all pages of them. Raises `StorageUnavailable`."""
        with outages(self._name):
            rows = list(self._future.result())
        _tell("answered", self._name, time.perf_counter() - self._began)
        return rows

    def named_rows(self) -> list[dict[str, Any]]:
        """Do the same, with each row's values under their columns' names: a conditional write chooses its columns."""
        rows = self.rows()
        return [dict(zip(self._future.result().column_names, row, strict=True)) for row in rows]


def run_batch(name: str, statements: Sequence[BoundStatement]) -> None:
    """Write all statements or none, in one logged batch. Returns when LOCAL_QUORUM has each of them."""
    batch = BatchStatement()
    batch.is_idempotent = True
    for statement in statements:
        batch.add(statement)
    _tell("sent", name)
    began = time.perf_counter()
    with outages(name):
        get_session().execute(batch, execution_profile=ROWS)
    _tell("answered", name, time.perf_counter() - began)


def _tell(event: Event, name: str, seconds: float = 0.0) -> None:
    for observer in observers:
        observer(event, name, seconds)


def warm_up() -> None:
    """Connect now, so that a worker's first request needn't. An outage is no reason not to start."""
    with suppress(StorageUnavailable):
        get_session()
