"""What tests share: real parts, people of their own, counters of requests, the real server."""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
import redis
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import User
from accounts.services import switches
from chatsystem import background
from chatsystem.audit import triggers
from chatsystem.audit.models import THE_HEAD, AuditHead
from embedded.temporary import TemporaryParts
from messaging.store import session
from tests import parts as plugin
from tests.browser.promises import LATER
from tests.factories import PASSWORD, new_name
from tests.server import Server, running_server

pytest_plugins = ["tests.outages"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the promises of the pages that the tests don't hold in full yet."""
    for number, reason in LATER.items():
        terminalreporter.write_line(f"Promise {number} of tests/browser/promises.py is not held in full: {reason}")


@pytest.fixture(scope="session")
def parts() -> TemporaryParts:
    """This process's Cassandra and Valkey; a test that stops or kills them brings them back (`dead`, `hanging` do)."""
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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server, shared by all tests that only talk to it."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path
