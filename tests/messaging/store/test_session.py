"""The process's session: what a try to connect leaves, and how often statements are prepared."""

import pytest
from cassandra.cluster import Cluster, NoHostAvailable

from messaging.store import session
from messaging.store.session import Statement, get_session


def test_a_cluster_that_lets_nobody_in_leaves_nothing_behind_at_each_try(monkeypatch):
    """Tries go on, one a second, for as long as it is away."""
    ended, at_exit = [], []

    class Away(Cluster):
        def connect(self):
            raise NoHostAvailable("away", {})

        def shutdown(self):
            ended.append(self)
            super().shutdown()

    monkeypatch.setattr(session, "Cluster", Away)
    monkeypatch.setattr(session.atexit, "register", at_exit.append)
    monkeypatch.setattr(session.atexit, "unregister", at_exit.remove)
    with pytest.raises(NoHostAvailable):
        session._connect()
    assert (len(ended), at_exit) == (1, [])


def test_a_statement_is_prepared_once_and_anew_only_for_another_session(monkeypatch):
    prepared = []
    prepare = get_session().prepare

    def record(text):
        prepared.append(text)
        return prepare(text)

    monkeypatch.setattr(get_session(), "prepare", record)
    statement = Statement("schema_version", "SELECT schema_version FROM system.local LIMIT 1")
    assert len({statement.run()[0][0] for _ in range(3)}) == 1
    assert prepared == [statement.text]
    statement._prepared = object(), statement._prepared[1]  # as another session, which ended, has left it
    assert len(statement.run()) == 1
    assert prepared == [statement.text] * 2
