"""Work that no answer waits for."""

import threading

import pytest
from django.db import OperationalError, connection

from accounts.models import User
from chatsystem import background, outages
from chatsystem.requests import request_id


def test_jobs_are_done_by_one_other_thread_in_their_order():
    done = []
    for number in range(20):
        assert background.run_later(lambda number=number: done.append((number, threading.current_thread())))
    background.drain(10)
    assert [number for number, _ in done] == list(range(20))
    (thread,) = {thread for _, thread in done}
    assert thread is not threading.current_thread()


def test_nobody_waits_for_a_job():
    release, done = threading.Event(), []
    background.run_later(lambda: done.append(release.wait(60)))
    assert done == []
    release.set()
    background.drain(10)
    assert done == [True]


def test_what_finds_too_much_waiting_is_left_undone_and_logged(caplog):
    release, done = threading.Event(), []
    background.run_later(release.wait)
    taken = [background.run_later(lambda: done.append(1)) for _ in range(background.MOST)]
    assert taken == [True] * (background.MOST - 1) + [False]
    assert [record.levelname for record in caplog.records if record.name == background.log.name] == ["ERROR"]
    release.set()
    background.drain(10)
    assert len(done) == background.MOST - 1
    assert background.run_later(lambda: done.append(1))  # there is room again
    background.drain(10)
    assert len(done) == background.MOST


def test_a_job_that_fails_is_logged_under_its_requests_id_without_the_text_and_the_next_one_is_done(
    caplog, monkeypatch
):
    said, error, done = [], background.log.error, []
    monkeypatch.setattr(background.log, "error", lambda *words: said.append(request_id.get()) or error(*words))

    def fail():
        raise ValueError("a private text")

    token = request_id.set("asked-1")
    background.run_later(fail)
    request_id.reset(token)
    background.run_later(lambda: done.append(1))
    background.drain(10)
    assert "something failed in the background: ValueError at " in caplog.text
    assert "private" not in caplog.text
    assert said == ["asked-1"]
    assert done == [1]


def test_a_dead_database_is_an_outage(monkeypatch):
    noticed = []
    monkeypatch.setattr(outages, "noticed_sql", lambda: noticed.append("sql"))

    def fail():
        raise OperationalError

    background.run_later(fail)
    background.drain(10)
    assert noticed == ["sql"]


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_kept_after_a_job():
    found = []

    def ask():
        User.objects.count()
        found.append(connection.connection)

    background.run_later(ask)
    background.run_later(lambda: found.append(connection.connection))
    background.drain(10)
    assert found[0] is not None
    assert found[1] is None
