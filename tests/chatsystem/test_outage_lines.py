"""An outage is a line in the log when it begins, one a minute while it lasts, and one when it's over."""

import json
import logging

import httpx
import pytest
from django.db import OperationalError, connection

from accounts.services.people import find_active_person
from chatsystem import outages
from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name
from tests.outages import wait_for_parts
from tests.server import running_server


class Clock:
    """Time that passes when it's told to."""

    now = 1_000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(outages, "_away", {})
    monkeypatch.setattr(outages, "time", Clock())
    return outages.time


@pytest.fixture
def lines(caplog):
    """`lines()` returns what was said since it was last asked."""
    caplog.set_level(logging.INFO)

    def take():
        said = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == outages.log.name]
        caplog.clear()
        return said

    return take


def test_an_outage_is_told_once_and_once_more_when_it_is_over(clock, lines):
    for _ in range(100):
        outages.noticed("redis")
        clock.now += 0.1
    assert lines() == [("WARNING", "redis is away")]
    clock.now += outages.SETTLED
    for _ in range(100):
        outages.ended("redis")
    assert lines() == [("WARNING", "redis is back, after 12 s")]


def test_an_outage_that_lasts_is_told_of_once_a_minute(clock, lines):
    for _ in range(1_300):
        outages.noticed("redis")
        clock.now += 0.1
    assert [line for _, line in lines()] == [
        "redis is away",
        "redis is still away, after 60 s",
        "redis is still away, after 120 s",
    ]


def test_a_part_that_fails_now_and_then_does_not_fill_the_log_with_turns(clock, lines):
    for _ in range(100):
        outages.noticed("cassandra")
        clock.now += 0.3
        outages.ended("cassandra")
    assert lines() == [("WARNING", "cassandra is away")]


def test_parts_are_told_of_apart(clock, lines):
    outages.noticed("redis")
    outages.noticed("sql")
    outages.ended("cassandra")
    clock.now += 3
    outages.ended("sql")
    assert [line for _, line in lines()] == ["redis is away", "sql is away", "sql is back, after 3 s"]


def test_a_dead_database_is_told_of_once_and_the_next_query_tells_that_it_is_back(
    client, alice, clock, lines, monkeypatch
):
    def fail(**_):
        raise OperationalError("no connection to amy:pw@db")

    body = {"username": "amy", "password": "x"}
    with monkeypatch.context() as patch:
        patch.setattr("accounts.api.auth.log_in_program", fail)
        patch.setattr("chatsystem.pages.views.render", lambda *_: fail())
        for _ in range(3):
            assert client.post("/api/v1/login", body, content_type="application/json").status_code == 503
            assert client.get("/").status_code == 503
    assert lines() == [("WARNING", "sql is away")]
    find_active_person(username=alice.username)  # too early to be sure
    assert lines() == []
    clock.now += outages.SETTLED
    for _ in range(3):
        find_active_person(username=alice.username)
    assert lines() == [("WARNING", "sql is back, after 2 s")]
    assert outages._watch not in connection.execute_wrappers


@pytest.fixture
def running(tmp_path):
    with running_server(tmp_path, LOG_FORMAT="json", WEB_CONCURRENCY="1") as server, server.client() as client:
        person = {"username": new_name(), "password": PASSWORD}
        client.post("register", json=person)
        token = client.post("login", json=person).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield server, client, person["username"]


def others(server):
    """Return what the server has logged beside its answers and its start."""
    lines = map(json.loads, server.log.read_text().splitlines())
    return [line for line in lines if line["logger"] not in {"chatsystem.requests", "gunicorn.error"}]


@pytest.mark.parametrize("part", ["valkey", "cassandra"])
def test_a_part_that_dies_under_the_real_server_is_two_lines(running, parts, dead, part):
    server, client, name = running
    expected = {"valkey": ("redis", 201, 200), "cassandra": ("cassandra", 503, 503)}[part]

    def ask():
        sent = client.post("send", json={"recipient": name, "content": "hello"}).status_code
        return sent, client.get("messages/?page=1&pageSize=10").status_code

    assert ask() == (201, 200)
    with dead(getattr(parts, part)):
        for _ in range(20):
            assert ask() == expected[1:]
        (line,) = others(server)
        assert (line["level"], line["message"]) == ("WARNING", f"{expected[0]} is away")
        assert (line["logger"], line["part"]) == ("chatsystem.outages", expected[0])
    wait_for_parts()
    wait_until(lambda: ask() == (201, 200) and len(others(server)) == 2)
    assert others(server)[1]["message"].startswith(f"{expected[0]} is back, after ")
    assert httpx.get(f"{server.url}/metrics").status_code == 200
