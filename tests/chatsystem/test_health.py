"""Whether each part works, within one budget of time."""

import threading
import time

import pytest
from cassandra.cqlengine import columns
from cassandra.cqlengine.models import Model
from django.db.migrations.recorder import MigrationRecorder

from chatsystem import health
from messaging import models
from messaging.store import schema
from messaging.store.session import get_session
from tests.contract.talking import faults, refusal

BUSY = health.BUDGET + 2  # seconds, on a busy machine; without a budget it would be the store's four at least


@pytest.fixture
def ready(db, client):
    """`ready()` asks for readiness."""
    return lambda: client.get("/api/v1/health/ready")


def test_with_all_parts_it_is_ready(ready):
    response = ready()
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "parts": {"cassandra": "ok", "sql": "ok", "redis": "ok"}}


def test_with_redis_gone_it_is_degraded_and_serves(ready, parts, dead):
    with dead(parts.valkey):
        response = ready()
        assert response.status_code == 200
        assert response.json()["status"] == "degraded"
        assert response.json()["parts"] == {
            "cassandra": "ok",
            "sql": "ok",
            "redis": "unreachable (ConnectionError)",
        }
    assert ready().json()["status"] == "ready"


def test_with_redis_hanging_it_is_degraded_and_serves_within_the_budget(ready, parts, hanging):
    with hanging(parts.valkey):
        began = time.monotonic()
        response = ready()
        assert time.monotonic() - began < BUSY
        assert response.status_code == 200
        assert response.json()["status"] == "degraded"
        assert response.json()["parts"]["redis"] == "unreachable (TimeoutError)"


def test_without_a_quorum_of_nodes_it_is_unready(ready):
    """One node answers, and messages want two of three copies."""
    session = get_session()
    replication = "ALTER KEYSPACE {} WITH replication = {{'class': 'NetworkTopologyStrategy', 'datacenter1': {}}}"
    session.execute(replication.format(session.keyspace, 3))
    try:
        response = ready()
        assert refusal(response)[:2] == (503, "not_ready")
        assert faults(response) == [("cassandra", "away")]
    finally:
        session.execute(replication.format(session.keyspace, 1))
    assert ready().json()["status"] == "ready"


def test_with_cassandra_hanging_it_says_so_within_the_budget_while_the_process_is_alive(ready, parts, hanging, client):
    with hanging(parts.cassandra):
        for _ in range(2):
            began = time.monotonic()
            response = ready()
            assert time.monotonic() - began < BUSY
            assert refusal(response)[:2] == (503, "not_ready")
            assert faults(response) == [("cassandra", "away")]
            assert response["Retry-After"] == "5"
            assert response.json()["detail"].startswith("cassandra: ")
        assert client.get("/api/v1/health").json()["Status"] == "ALIVE"
    assert ready().status_code == 200


def test_a_check_that_hangs_is_not_started_again_and_gathers_no_threads(monkeypatch):
    release, started = threading.Event(), []

    def hang():
        started.append(1)
        release.wait(10)
        return "ok"

    monkeypatch.setattr(health, "BUDGET", 0.05)
    monkeypatch.setattr(health, "CHECKS", {"cassandra": hang, "redis": lambda: "ok"})
    monkeypatch.setattr(health, "_running", {})
    try:
        reports = [health.check_parts() for _ in range(5)]
    finally:
        release.set()
    assert [report.status for report in reports] == ["unready"] * 5
    assert reports[0].parts == {"cassandra": "no answer within 0.05 s", "redis": "ok"}
    assert started == [1]


def test_a_schema_that_lacks_a_table_or_a_column_is_named(ready, monkeypatch):
    class Missing(Model):
        __table_name__ = "missing"
        id = columns.UUID(primary_key=True)

    class Longer(models.Change):
        __table_name__ = "changes"
        later = columns.Text()

    monkeypatch.setattr(schema, "models", lambda: [models.Timeline, Missing, Longer])
    response = ready()
    assert refusal(response)[:2] == (503, "not_ready")
    assert (
        response.json()["detail"] == "cassandra: schema lacks missing, changes.later: run manage.py migrate_cassandra"
    )


@pytest.mark.django_db(transaction=True)
def test_migrations_that_are_pending_are_counted(client):
    newest = MigrationRecorder.Migration.objects.filter(app="accounts").latest("name")
    newest.delete()
    try:
        response = client.get("/api/v1/health/ready")
    finally:
        MigrationRecorder.Migration.objects.create(app=newest.app, name=newest.name)
    assert refusal(response)[:2] == (503, "not_ready")
    assert "migrations are pending: run manage.py migrate" in response.json()["detail"]
    assert faults(response) == [("sql", "away")]
    assert client.get("/api/v1/health/ready").status_code == 200


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"cassandra": "ok", "sql": "ok", "redis": "ok"}, "ready"),
        ({"cassandra": "ok", "sql": "ok", "redis": "away"}, "degraded"),
        ({"cassandra": "away", "sql": "ok", "redis": "ok"}, "unready"),
        ({"cassandra": "ok", "sql": "away", "redis": "away"}, "unready"),
    ],
    ids=["all", "no redis", "no cassandra", "neither sql nor redis"],
)
def test_only_redis_can_be_done_without(parts, status):
    assert health.Report(parts).status == status


def test_health_of_the_process_asks_nobody(client, cql_requests, redis_requests):
    assert client.get("/api/v1/health").status_code == 200  # the test has no database
    assert cql_requests == redis_requests == []
