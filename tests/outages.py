"""Parts that are away: `dead` and `hanging`, and the wait until everybody reaches them again."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import pytest
import redis
from django.conf import settings

from chatsystem.errors import StorageUnavailable
from chatsystem.redis import connection
from embedded.parts import Part
from embedded.temporary import TemporaryParts
from messaging.store import health, session
from messaging.store.cluster import REQUEST_TIMEOUT
from tests.server import wait_until_settled

# Whether a part was away since the shared server was last seen to reach all of them.
disturbed = False


@pytest.fixture(autouse=True)
def _server_is_settled(request: pytest.FixtureRequest) -> None:
    """After an outage, wait until the shared server is as the next test expects it; this process was waited for."""
    global disturbed
    if disturbed and "server" in request.fixturenames:
        disturbed = False
        wait_until_settled(request.getfixturevalue("server"))


Outage = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def hanging(parts: TemporaryParts) -> Outage:
    """`with hanging(parts.valkey):` has a part accept connections and answer nothing (SIGSTOP).

    Meanwhile this process waits for Redis as long as the service does, and for Cassandra a quarter of that;
    `patience=REQUEST_TIMEOUT` is as long.
    """

    @contextmanager
    def outage(part: Part, *, patience: float = REQUEST_TIMEOUT / 4) -> Iterator[None]:
        disturb()
        with waiting_for_redis_as_the_service_does(), waiting_for_cassandra(patience):
            wait_for_parts()
            part.pause()
            try:
                yield
            finally:
                part.resume()
                wait_for_parts()

    return outage


@contextmanager
def waiting_for_cassandra(seconds: float) -> Iterator[None]:
    """Have this process wait so long for an answer of Cassandra's."""
    connected = session.get_session()
    profiles = connected.cluster.profile_manager.profiles.values()
    with ExitStack() as patches:
        patches.enter_context(patch.object(connected, "_default_timeout", seconds))
        for profile in profiles:
            patches.enter_context(patch.object(profile, "request_timeout", seconds))
        yield


@contextmanager
def waiting_for_redis_as_the_service_does() -> Iterator[None]:
    """Have this process wait for Redis a tenth of a second; other tests wait longer, for a busy machine (parts.py)."""
    pool = connection.redis().connection_pool
    options: Any = settings.CACHES["default"]["OPTIONS"]
    limits = {name.lower(): options[name] for name in ("SOCKET_TIMEOUT", "SOCKET_CONNECT_TIMEOUT")}

    def forget_connections() -> None:
        pool.disconnect()
        pool.reset()  # they would come back with the limits that they were made with

    with patch.dict(pool.connection_kwargs, limits):
        forget_connections()
        try:
            yield
        finally:
            forget_connections()


@pytest.fixture
def dead(parts: TemporaryParts) -> Outage:
    """`with dead(parts.cassandra):` kills a part (SIGKILL) and starts it again on the same port at the end."""

    @contextmanager
    def outage(part: Part) -> Iterator[None]:
        disturb()
        part.kill()
        try:
            yield
        finally:
            part.start()
            part.wait_ready()
            wait_for_parts()

    return outage


def disturb() -> None:
    """Say that a part is away, before it is."""
    global disturbed
    disturbed = True


def wait_for_parts(*, timeout: float = 60) -> None:
    """Return when this process reaches Cassandra and Redis again."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            health.ping(timeout=2)
            connection.ping()
            return
        except (StorageUnavailable, redis.RedisError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
