"""How the parts are, for the admin's page: in a bounded time, whatever is away."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from chatsystem.doctor.findings import failed, ok, warning
from chatsystem.jobs.models import JobWorker
from moderation.services import health
from moderation.services.health import BUDGET, Health, Part

pytestmark = pytest.mark.django_db(transaction=True)

BUSY = 4  # seconds more, on a busy machine; without a budget of its own it would be the doctor's nine


@pytest.fixture(autouse=True)
def _nobody_looked_before(monkeypatch):
    monkeypatch.setattr(health, "_last", None)


def told(found, part):
    return {one.message: one.level for one in next(one for one in found.parts if one.name == part).findings}


def seen(seconds):
    JobWorker.objects.create(name="worker", seen_at=timezone.now() - timedelta(seconds=seconds))


def test_where_all_is_well_each_part_says_what_it_is(parts):
    seen(2)
    found = health.examine()
    assert [part.name for part in found.parts] == ["settings", "cassandra", "sql", "redis", "nodes", "jobs", "versions"]
    assert found.level == "ok", found
    assert told(found, "nodes") == {f"127.0.0.1:{parts.cassandra.port} is up": "ok"}
    cassandra = told(found, "cassandra")
    assert "all nodes that answer have the same schema" in cassandra
    assert "all tables are there" in cassandra
    assert any(message.startswith("node 127.0.0.1: ") for message in cassandra)
    assert "all migrations are applied" in told(found, "sql")
    assert "a job worker was seen 2 s ago" in told(found, "jobs")
    assert any(message.startswith("scylla-driver ") for message in told(found, "versions"))


@pytest.mark.parametrize(
    ("ago", "level", "message"),
    [(29, "ok", "a job worker was seen 29 s ago"), (40, "warning", "a job worker was seen 40 s ago")],
)
def test_a_worker_that_is_silent_is_warned_of(ago, level, message):
    seen(ago)
    assert list(health.examine_workers()) == [
        ok(message) if level == "ok" else warning(message, "Start one: manage.py work")
    ]


def test_no_worker_at_all_is_a_failure():
    assert list(health.examine_workers()) == [failed("no job worker has been seen lately", "Start one: manage.py work")]


def test_while_cassandra_is_dead_the_rest_is_told_and_which_node_is_down(parts, dead):
    port = parts.cassandra.port
    with dead(parts.cassandra):
        began = time.monotonic()
        found = health.examine()
        assert time.monotonic() - began < BUDGET + BUSY
    assert told(found, "nodes") == {f"127.0.0.1:{port} is down": "failed"}
    assert list(told(found, "cassandra").values()) == ["failed"]
    assert "can be written" in told(found, "sql")
    assert found.level == "failed"


def test_while_cassandra_and_redis_hang_it_takes_no_longer_than_its_budget(parts, hanging):
    seen(2)
    with hanging(parts.cassandra):
        parts.valkey.pause()
        try:
            began = time.monotonic()
            found = health.examine()
            assert time.monotonic() - began < BUDGET + BUSY
        finally:
            parts.valkey.resume()
    levels = {part.name: part.level for part in found.parts}
    assert (levels["cassandra"], levels["redis"], levels["sql"]) == ("failed", "failed", "ok")


def test_one_examination_serves_all_who_ask_within_a_moment(monkeypatch):
    asked = []
    monkeypatch.setattr(health.doctor, "examine", lambda **_: asked.append(1) or [("sql", ok("fine"))])
    assert health.examine() is health.examine()
    assert len(asked) == 1
    now = time.monotonic()
    monkeypatch.setattr(health.time, "monotonic", lambda: now + health.FRESH + 1)
    health.examine()
    assert len(asked) == 2


def test_the_worst_finding_decides():
    part = Part("x", [ok("a"), failed("b", "mend"), warning("c", "mend")])
    assert part.level == "failed"
    assert Health([Part("y", [warning("c", "mend")]), Part("z", [])], timezone.now()).level == "warning"
