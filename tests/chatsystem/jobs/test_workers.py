"""What a worker does beside jobs: daily ones, signs of life."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from chatsystem.audit.models import AuditEntry
from chatsystem.jobs.claiming import LOST_AFTER, claim_job
from chatsystem.jobs.daily import start_daily_jobs
from chatsystem.jobs.models import Job, JobWorker
from chatsystem.jobs.worker import Worker
from chatsystem.jobs.workers import Heartbeat, last_seen
from tests.chatsystem.jobs.kinds import NAME, known
from tests.chatsystem.jobs.making import new_job

pytestmark = pytest.mark.sql


def test_a_worker_starts_what_is_to_be_done_daily_once_a_day(db, time_machine):
    time_machine.move_to("2026-11-24 23:59:00+00:00")
    with known(lambda run: None, daily=True):
        for _ in range(3):
            start_daily_jobs()
        found = Job.objects.filter(kind=NAME)
        assert list(found.values_list("once", "created_by_kind")) == [(f"{NAME} 2026-11-24", "service")]
        time_machine.move_to("2026-11-25 00:00:00+00:00")
        start_daily_jobs()
        assert found.count() == 2
    assert not AuditEntry.objects.exists()


def test_a_heartbeat_shows_the_worker_and_keeps_its_job(db):
    job = new_job()
    heart = Heartbeat("w1")
    assert last_seen() is None
    heart.beat()
    assert abs(last_seen() - timezone.now()) < timedelta(seconds=30)
    heart.job = claim_job(worker="w1", kinds=[NAME])
    Job.objects.update(heartbeat_at=timezone.now() - LOST_AFTER)
    heart.beat()
    assert claim_job(worker="w2", kinds=[NAME]) is None
    assert JobWorker.objects.get().job == job
    Job.objects.update(claim=9, heartbeat_at=None)  # somebody else's
    heart.beat()
    assert Job.objects.get().heartbeat_at is None
    heart.end()
    assert last_seen() is None


def test_a_worker_lives_on_while_sql_is_away(db, monkeypatch, caplog):
    from chatsystem.jobs import worker as module

    worker = Worker(stopping=threading.Event())
    monkeypatch.setattr(module, "PAUSE", 0.01)
    monkeypatch.setattr(module.connections, "close_all", lambda: None)  # the test's own
    monkeypatch.setattr(worker._heartbeat, "start", lambda: None)
    tries = []

    def do_next():
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("gone")
        worker.stopping.set()
        return False

    monkeypatch.setattr(worker, "do_next", do_next)
    worker.run()
    assert len(tries) == 3
