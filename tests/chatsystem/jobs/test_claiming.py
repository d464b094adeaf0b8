"""Which job is done next, by whom, and what a worker's loss costs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chatsystem.jobs import claiming
from chatsystem.jobs.attempts import MOST_CRASHES
from chatsystem.jobs.claiming import LOST_AFTER, claim_job
from chatsystem.jobs.models import Job
from tests.chatsystem.jobs.kinds import NAME
from tests.chatsystem.jobs.making import be_away, counted, do_next, lose_worker, new_job

pytestmark = pytest.mark.sql


def test_jobs_are_done_in_the_order_in_which_they_are_due_and_not_before(db):
    later, first, second = (new_job(number=number) for number in range(3))
    Job.objects.filter(pk=later.pk).update(run_at=timezone.now() + timedelta(hours=1))
    assert [do_next()[1], do_next()[1], do_next()[1]] == [first, second, None]


def test_a_kind_that_this_code_does_not_know_waits_for_one_that_does(db):
    new_job()
    assert claim_job(worker="w1", kinds=["another"]) is None
    assert claim_job(worker="w1", kinds=[]) is None


def test_a_claimed_job_is_nobody_elses_until_its_worker_was_silent_for_a_minute(db):
    job = new_job()
    claimed = claim_job(worker="w1", kinds=[NAME])
    assert (claimed.state, claimed.worker, claimed.claim, claimed.attempts) == ("running", "w1", 1, 1)
    assert claim_job(worker="w2", kinds=[NAME]) is None
    Job.objects.update(heartbeat_at=timezone.now() - LOST_AFTER + timedelta(seconds=5))
    assert claim_job(worker="w2", kinds=[NAME]) is None
    Job.objects.update(heartbeat_at=timezone.now() - LOST_AFTER)
    again = claim_job(worker="w2", kinds=[NAME])
    assert (again, again.worker, again.claim, again.attempts) == (job, "w2", 2, 2)
    assert timedelta(seconds=60) == LOST_AFTER


def test_of_two_who_saw_the_same_job_one_gets_it(db):
    job = new_job()
    seen = Job.objects.get(pk=job.pk)
    assert [claiming._take(seen, "w1"), claiming._take(seen, "w2")] == [True, False]
    assert Job.objects.get(pk=job.pk).worker == "w1"


def test_a_job_that_costs_worker_after_worker_its_life_is_given_up(db, caplog):
    job = new_job()
    for number in range(MOST_CRASHES):
        claimed = claim_job(worker=f"w{number}", kinds=[NAME])
        assert (claimed, claimed.crashes) == (job, number)
        lose_worker()
    assert claim_job(worker="another", kinds=[NAME]) is None
    job.refresh_from_db()
    assert (job.state, job.error, job.worker) == ("failed", "worker_lost", f"w{MOST_CRASHES - 1}")
    assert job.crashes == MOST_CRASHES == 5
    assert counted() == {"failed": 1}
    assert f"job {job.pk} of the kind {NAME} is given up after 5 bugs or lost workers" in caplog.messages


def test_a_worker_that_is_killed_after_a_long_outage_costs_the_job_nothing(db):
    job = new_job()
    be_away(job)
    assert claim_job(worker="w1", kinds=[NAME]) == job
    lose_worker()
    outcome, job = do_next(worker="w2")
    assert (outcome, job.state, job.worker, job.crashes) == ("done", "done", "w2", 1)
