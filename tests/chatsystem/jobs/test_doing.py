"""How a job goes: what is saved, tried again, failed, stopped and lost to others."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from chatsystem.errors import DatabaseUnavailable, PersonNotFound, StorageUnavailable
from chatsystem.jobs import observing
from chatsystem.jobs.attempts import LONGEST_WAIT, MOST_CRASHES, wait_after
from chatsystem.jobs.claiming import LOST_AFTER, claim_job
from chatsystem.jobs.models import Job, JobFailure, JobWorker
from chatsystem.jobs.starting import cancel_job
from tests.chatsystem.jobs.kinds import NAME
from tests.chatsystem.jobs.making import be_away, be_due, counted, do_next, lose_worker, new_job, raising
from tests.operators import OPERATOR, told

pytestmark = pytest.mark.sql

# Doing


def test_a_handler_gets_what_was_given_and_goes_on_where_it_saved(db):
    seen = []

    def handler(run):
        seen.append((run.arguments, run.cursor, run.done, run.actor, run.job_id))
        if run.cursor is None:
            run.save(cursor={"at": 1}, done=5, total=9)
            raise StorageUnavailable
        run.save(cursor={"at": 2}, done=9)

    job = new_job(person="a")
    assert do_next(handler)[0] == "retried"
    be_due(job)
    outcome, job = do_next(handler)
    assert seen == [
        ({"person": "a"}, None, 0, OPERATOR, job.pk),
        ({"person": "a"}, {"at": 1}, 5, OPERATOR, job.pk),
    ]
    assert outcome == "done"
    assert (job.state, job.done, job.total, job.cursor, job.error) == ("done", 9, 9, {"at": 2}, "")
    assert abs(job.ended_at - timezone.now()) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StorageUnavailable(), "storage_unavailable"),
        (DatabaseUnavailable(), "database_unavailable"),
        (OperationalError("gone"), "database_unavailable"),
    ],
    ids=repr,
)
def test_an_outage_is_waited_out_however_long_it_takes_and_fails_nothing(db, error, code):
    job = new_job()
    waits = []
    for _ in range(12):
        before = timezone.now()
        outcome, job = do_next(raising(error))
        assert (outcome, job.state, job.error, job.failures) == ("retried", "waiting", code, 0)
        waits.append(round((job.run_at - before).total_seconds()))
        be_due(job)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
    assert do_next()[1].state == "done"
    assert wait_after(10_000) == LONGEST_WAIT


def test_coming_on_ends_the_longer_and_longer_waits(db):
    job = new_job()
    for _ in range(3):
        do_next(raising(StorageUnavailable()))
        be_due(job)

    def come_on(run):
        run.save(cursor=1)
        raise StorageUnavailable

    before = timezone.now()
    _, job = do_next(come_on)
    assert job.attempts == 0
    assert round((job.run_at - before).total_seconds()) == 1


def test_a_mistake_of_ours_is_tried_a_few_times_and_told_without_its_text(db, caplog):
    job = new_job()
    for _ in range(MOST_CRASHES - 1):
        outcome, job = do_next(raising(RuntimeError("private")))
        assert (outcome, job.state, job.error) == ("retried", "waiting", "unexpected")
        be_due(job)
    outcome, job = do_next(raising(RuntimeError("private")))
    assert (outcome, job.state, job.error) == ("failed", "failed", "unexpected")
    assert "RuntimeError at" in caplog.text
    assert "private" not in caplog.text
    assert do_next()[1] is None


def test_a_mistake_after_a_long_outage_is_tried_as_often_as_any_other(db):
    job = new_job()
    be_away(job)
    for number in range(1, MOST_CRASHES):
        outcome, job = do_next(raising(RuntimeError()))
        assert (outcome, job.state, job.crashes) == ("retried", "waiting", number)
        be_due(job)
    be_away(job, times=1)
    outcome, job = do_next(raising(RuntimeError()))
    assert (outcome, job.state, job.crashes) == ("failed", "failed", MOST_CRASHES)


def test_lost_workers_and_mistakes_are_counted_together_until_the_job_comes_on(db):
    def come_on(run):
        run.save(cursor=1)
        raise RuntimeError

    job = new_job()
    for _ in range(MOST_CRASHES - 2):
        claim_job(worker="w1", kinds=[NAME])
        lose_worker()
    outcome, job = do_next(raising(RuntimeError()))
    assert (outcome, job.crashes) == ("retried", MOST_CRASHES - 1)
    be_due(job)
    outcome, job = do_next(come_on)
    assert (outcome, job.crashes) == ("retried", 1)


def test_a_refusal_ends_a_job_at_once_with_its_code(db):
    new_job()
    outcome, job = do_next(raising(PersonNotFound()))
    assert (outcome, job.state, job.error) == ("failed", "failed", "person_not_found")


def test_items_that_fail_are_stored_with_the_step_that_passes_them(db):
    def handler(run):
        if run.cursor is None:
            run.failed("item 1", PersonNotFound())
            run.failed("item 2", "odd")
            run.save(cursor=2)
            run.failed("item 3", "lost with the step")
            raise StorageUnavailable
        run.failed("item 4", "odd")

    job = new_job()
    do_next(handler)
    stored = JobFailure.objects.filter(job=job).order_by("pk").values_list("item", "error")
    assert list(stored) == [("item 1", "person_not_found"), ("item 2", "odd"), ("item 3", "lost with the step")]
    be_due(job)
    _, job = do_next(handler)
    assert (job.state, job.failures) == ("done", 4)


def test_an_item_that_fails_twice_is_one(db):
    def handler(run):
        run.failed("item 1", "first")
        run.save(cursor=None)
        run.failed("item 1", "second")
        run.save(cursor=None)

    new_job()
    _, job = do_next(handler)
    assert list(job.failed_items.values_list("item", "error")) == [("item 1", "second")]
    assert job.failures == 1


def test_what_is_done_meanwhile_is_logged_under_the_jobs_number(db, caplog):
    from chatsystem.requests import request_id

    seen = []
    job = new_job()
    with caplog.at_level(logging.INFO, "chatsystem.jobs"):
        do_next(lambda run: seen.append(request_id.get()))
    assert seen == [f"job-{job.pk}"]
    assert request_id.get() == ""
    assert f"a job of the kind {NAME} ended: done" in caplog.text


def test_how_jobs_end_is_counted_for_good(db):
    for error in (None, None, StorageUnavailable()):
        job = new_job()
        do_next(raising(error) if error else None)
        job.delete()
    assert counted() == {"done": 2, "retried": 1}


# Stopping, cancelling, losing


def test_a_stop_lets_the_step_end_and_the_job_wait(database):
    stopping = threading.Event()
    steps = []

    def handler(run):
        for number in range(run.cursor or 0, 3):
            steps.append(number)
            if number == 1:
                stopping.set()
            run.save(cursor=number + 1, done=number + 1)

    new_job()
    outcome, job = do_next(handler, stopping=stopping)
    assert (outcome, job.state, job.cursor, job.attempts) == ("interrupted", "waiting", 2, 0)
    assert do_next(handler)[0] == "done"
    assert steps == [0, 1, 2]


def test_a_stop_does_not_tear_a_handlers_own_transaction_apart(database):
    stopping = threading.Event()
    stopping.set()
    kept, hooks = [], []

    def handler(run):
        for number in range(run.cursor or 0, 3):
            with transaction.atomic():
                JobWorker.objects.create(name=f"row {number}")
                run.save(cursor=number + 1)
                transaction.on_commit(lambda: hooks.append(1))
            kept.append(number)

    new_job()
    outcome, job = do_next(handler, stopping=stopping)
    assert (outcome, job.cursor, kept, hooks) == ("interrupted", 1, [0], [1])
    assert list(JobWorker.objects.values_list("name", flat=True)) == ["row 0"]
    assert do_next(handler)[0] == "done"
    assert (kept, len(hooks), JobWorker.objects.count()) == ([0, 1, 2], 3, 3)


def test_a_cancelled_job_ends_with_its_step_whose_transaction_is_taken_back(database):
    def handler(run):
        run.save(cursor=1, done=1)
        with transaction.atomic():
            JobWorker.objects.create(name="row")
            cancel_job(job_id=run.job_id, actor=OPERATOR, reason="wrong person")
            run.save(cursor=2, done=2)

    new_job()
    outcome, job = do_next(handler)
    # The cancelling was in the same transaction here, so it went with it; what another does stays, below.
    assert (outcome, job.state, job.cursor) == ("lost", "running", 1)
    assert not JobWorker.objects.exists()
    assert counted() == {"lost": 1}


def test_what_others_did_to_a_job_meanwhile_stays(database):
    def cancelled(run):
        cancel_job(job_id=run.job_id, actor=OPERATOR, reason="wrong person")
        run.failed("item", "odd")
        run.save(cursor=2, done=2)
        pytest.fail("it went on")

    new_job()
    outcome, job = do_next(cancelled)
    assert (outcome, job.state, job.cursor, job.done, job.failures) == ("lost", "cancelled", None, 0, 0)
    assert not JobFailure.objects.exists()
    assert told() == {
        "actor": "olga",
        "action": "job.cancelled",
        "target": NAME,
        "before": {"state": "running"},
        "after": {"state": "cancelled"},
        "reason": "wrong person",
    }


@pytest.mark.parametrize("end", [None, StorageUnavailable(), RuntimeError(), PersonNotFound()], ids=repr)
def test_who_lost_a_job_to_another_changes_nothing_of_it(db, end):
    def handler(run):
        Job.objects.update(heartbeat_at=timezone.now() - LOST_AFTER)
        assert claim_job(worker="w2", kinds=[NAME]).worker == "w2"
        if end is not None:
            raise end

    new_job()
    outcome, job = do_next(handler)
    assert (outcome, job.state, job.worker, job.claim, job.error) == ("lost", "running", "w2", 2, "")
    assert counted() == {"lost": 1}


def test_a_job_that_is_cancelled_just_when_its_worker_stops_stays_so(database, monkeypatch):
    def cancel(event):
        if event == "saved":
            cancel_job(job_id=job.pk, actor=OPERATOR)

    monkeypatch.setattr(observing, "observers", [cancel])
    stopping = threading.Event()
    stopping.set()
    job = new_job()
    outcome, job = do_next(lambda run: run.save(cursor=1), stopping=stopping)
    assert (outcome, job.state, job.cursor, counted()) == ("lost", "cancelled", 1, {"lost": 1})
