"""Requests in waves; numbered steps of the schema, in a folder and under records of the test's own."""

import secrets

import pytest

from messaging.store import session
from messaging.store.migration import changes, lock, records, steps
from messaging.store.session import get_session


@pytest.fixture
def cql_waves():
    """The names of all requests to Cassandra, in lists of those that were sent before any of them was waited for."""
    waves, waiting = [], [False]

    def record(event, name, seconds):
        if event == "answered":
            waiting[0] = False
        elif event == "sent":
            if not waiting[0] or not waves:
                waves.append([])
            waves[-1].append(name)
            waiting[0] = True

    session.observers.append(record)
    yield waves
    session.observers.remove(record)


@pytest.fixture
def scope(monkeypatch):
    """Records and a lock that no other test knows: a new partition is cheaper than a new keyspace."""
    changes.prepare()
    name = f"test {secrets.token_hex(8)}"
    monkeypatch.setattr(records, "SCOPE", name)
    return name


@pytest.fixture
def held(scope):
    """The lock."""
    with lock.hold(tell=print) as ours:
        yield ours


@pytest.fixture(scope="session")
def ran():
    """A table that tells how often each statement ran; `ran(name)` returns its lines."""
    session = get_session()
    session.execute("CREATE TABLE IF NOT EXISTS ran (name text PRIMARY KEY, lines list<text>)")

    def lines(name):
        row = session.execute("SELECT lines FROM ran WHERE name = %s", [name]).one()
        return (row["lines"] if row else None) or []

    return lines


@pytest.fixture
def folder(tmp_path):
    """`folder(**{"0001_name": text})` writes steps, and returns what is read of the folder."""

    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.cql").write_text(text)
        return steps.read_steps(tmp_path)

    return write
