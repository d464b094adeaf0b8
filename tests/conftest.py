"""What tests share: real parts, people of their own, counters of requests, the real server."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import Session, User
from accounts.services import switches
from accounts.services.sessions import start_session
from accounts.tokens import issue_access_token
from chatsystem import background
from chatsystem.audit import triggers
from chatsystem.audit.models import THE_HEAD, AuditHead
from chatsystem.errors import StorageUnavailable
from chatsystem.redis import connection
from embedded.parts import Part
from embedded.temporary import TemporaryParts
from messaging.store import health, session
from messaging.store.cluster import REQUEST_TIMEOUT
from tests import parts as plugin
from tests.browser.promises import LATER
from tests.server import Server, running_server, wait_until_settled

PASSWORD = "correct horse battery"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the promises of the pages that the tests don't hold in full yet."""
    for number, reason in LATER.items():
        terminalreporter.write_line(f"Promise {number} of tests/browser/promises.py is not held in full: {reason}")


@pytest.fixture(scope="session")
def parts() -> TemporaryParts:
    """This run's Cassandra and Valkey; tests may stop and kill them and must bring them back (`outage` does)."""
    return plugin.running[0]


@pytest.fixture(scope="session", autouse=True)
def _schema() -> None:
    call_command("migrate_cassandra", stdout=StringIO(), stderr=StringIO())


@pytest.fixture(scope="session", autouse=True)
def _flushing_empties_the_audit_log() -> Iterator[None]:
    """After a test that commits, Django empties all tables; the audit log's let nobody do so, and have a row to keep.

    Other tests count entries, and with several workers they may come after any test that commits.
    """
    sql = connections["default"]
    execute = sql.ops.execute_sql_flush

    def execute_sql_flush(statements: list[str]) -> None:
        with transaction.atomic():
            triggers.drop(sql)
            execute(statements)
            AuditHead.objects.create(pk=THE_HEAD)
            triggers.create(sql)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql.ops, "execute_sql_flush", execute_sql_flush)
        yield


@pytest.fixture(autouse=True)
def _what_waits_for_a_commit_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the transaction that rolls a test back nothing is ever committed, so `on_commit` would wait for ever."""
    wait = BaseDatabaseWrapper.on_commit

    def on_commit(self: BaseDatabaseWrapper, function: Callable[[], object], robust: bool = False) -> None:
        if any(getattr(block, "_from_testcase", False) for block in self.atomic_blocks):
            function()
        else:
            wait(self, function, robust)

    monkeypatch.setattr(BaseDatabaseWrapper, "on_commit", on_commit)


@pytest.fixture(autouse=True)
def _nothing_is_switched() -> None:
    """What another test switched is rolled back; this process would still believe it for a while."""
    switches.know(switches.NOTHING_SWITCHED, seconds=3_600)


@pytest.fixture(autouse=True)
def _nothing_is_left_in_the_background() -> Iterator[None]:
    """A message that is sent after its test has ended would be in the next one's outbox."""
    yield
    background.drain(20)


@pytest.fixture
def new_person(db: None) -> Callable[..., User]:
    """A maker of people that no other test knows, so that nobody's partitions need cleaning."""

    def make(username: str | None = None) -> User:
        return User.objects.create_user(username or new_name(), PASSWORD)

    return make


def new_name() -> str:
    """Return a username that nobody has."""
    return f"u{secrets.token_hex(7)}"


def access_token(person: User) -> str:
    """Return a token of a new session, as logging in gives one."""
    session = start_session(person=person, kind=Session.Kind.API, device="test", address=None)
    return issue_access_token(person, session.pk)


@pytest.fixture
def alice(new_person: Callable[..., User]) -> User:
    return new_person()


@pytest.fixture
def bob(new_person: Callable[..., User]) -> User:
    return new_person()


@pytest.fixture
def cql_requests() -> Iterator[list[str]]:
    """The names of all requests to Cassandra that the test sends; `clear` what came before."""
    names: list[str] = []

    def record(event: str, name: str, seconds: float) -> None:
        if event == "sent":
            names.append(name)

    session.observers.append(record)
    yield names
    session.observers.remove(record)


@pytest.fixture
def redis_requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of all commands to Redis that the test sends."""
    names: list[str] = []
    execute = redis.Redis.execute_command

    def record(self: redis.Redis, *arguments: object, **options: object) -> object:
        # EVAL behind EVALSHA is the same request again, where Redis didn't know the script (other tests decide that).
        if arguments[0] != "EVAL" or names[-1:] != ["EVALSHA"]:
            names.append(str(arguments[0]))
        return execute(self, *arguments, **options)

    monkeypatch.setattr(redis.Redis, "execute_command", record)
    return names


# Whether a part was away since the shared server was last seen to reach all of them.
disturbed = False


@pytest.fixture(autouse=True)
def _server_is_settled(request: pytest.FixtureRequest) -> None:
    """After an outage, wait until the shared server is as the next test expects it; this process was waited for."""
    global disturbed
    if disturbed and "server" in request.fixturenames:
        disturbed = False
        wait_until_settled(request.getfixturevalue("server"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server, shared by all tests that only talk to it."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


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


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path
