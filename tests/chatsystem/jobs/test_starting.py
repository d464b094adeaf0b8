"""Starting jobs, cancelling them, and having them tried again."""

import pytest

from chatsystem.audit.models import AuditEntry
from chatsystem.errors import JobNotFound, JobOver, NothingToRetry, PersonNotFound
from chatsystem.jobs.attempts import MOST_CRASHES
from chatsystem.jobs.models import Job
from chatsystem.jobs.registry import handles, kinds
from chatsystem.jobs.starting import cancel_job, retry_job, start_job
from tests.chatsystem.jobs.kinds import NAME, known
from tests.chatsystem.jobs.making import do_next, new_job, raising
from tests.operators import OPERATOR, told

pytestmark = pytest.mark.sql


def test_a_job_is_started_and_the_audit_log_tells_who_did_in_one_transaction(database):
    with known(lambda run: None):
        job = start_job(kind=NAME, arguments={"person": "a"}, actor=OPERATOR, reason="court order")
    assert (job.state, job.kind, job.arguments, job.created_by) == ("waiting", NAME, {"person": "a"}, OPERATOR)
    assert told() == {
        "actor": "olga",
        "action": "job.started",
        "target": NAME,
        "before": None,
        "after": {"arguments": {"person": "a"}},
        "reason": "court order",
    }
    with known(lambda run: None), pytest.raises(TypeError):  # the audit log takes no fractions
        start_job(kind=NAME, arguments={"share": 0.5}, actor=OPERATOR)
    with pytest.raises(KeyError):
        start_job(kind="nothing", arguments={}, actor=OPERATOR)
    assert (Job.objects.count(), AuditEntry.objects.count()) == (1, 1)


def test_two_handlers_of_one_kind_are_refused():
    with known(lambda run: None), pytest.raises(ValueError, match=NAME):
        handles(NAME, label="Another")(lambda run: None)


def test_cancelling_and_retrying(db):
    job = new_job()
    assert cancel_job(job_id=job.pk, actor=OPERATOR).state == "cancelled"
    assert do_next()[1] is None
    with pytest.raises(JobOver):
        cancel_job(job_id=job.pk, actor=OPERATOR)
    assert retry_job(job_id=job.pk, actor=OPERATOR, reason="after all").state == "waiting"
    assert (told()["action"], told()["before"], told()["reason"]) == (
        "job.retried",
        {"state": "cancelled"},
        "after all",
    )
    with pytest.raises(NothingToRetry):
        retry_job(job_id=job.pk, actor=OPERATOR)
    assert do_next()[1].state == "done"
    with pytest.raises(NothingToRetry):
        retry_job(job_id=job.pk, actor=OPERATOR)
    for change in (cancel_job, retry_job):
        with pytest.raises(JobNotFound):
            change(job_id=0, actor=OPERATOR)
    assert AuditEntry.objects.count() == 2


def test_a_failed_job_goes_on_where_it_was_and_one_with_failed_items_begins_anew(db):
    def failing(run):
        run.save(cursor=3, done=3)
        run.failed("item", "odd")
        raise PersonNotFound

    _, job = (new_job(), do_next(failing)[1])
    Job.objects.update(crashes=MOST_CRASHES)
    job = retry_job(job_id=job.pk, actor=OPERATOR)
    assert (job.state, job.cursor, job.error, job.failures, job.ended_at) == ("waiting", 3, "", 1, None)
    assert (job.attempts, job.crashes) == (0, 0)
    _, job = do_next()
    assert (job.state, job.failures) == ("done", 1)
    job = retry_job(job_id=job.pk, actor=OPERATOR)
    assert (job.state, job.cursor, job.done, job.failures) == ("waiting", None, 0, 0)
    assert not job.failed_items.exists()


def test_a_failed_job_that_is_cancelled_counts_as_failed_no_longer_and_can_still_be_retried(db):
    new_job()
    _, job = do_next(raising(PersonNotFound()))
    job = cancel_job(job_id=job.pk, actor=OPERATOR, reason="erased since")
    assert (job.state, job.error) == ("cancelled", "person_not_found")
    assert told() == {
        "actor": "olga",
        "action": "job.cancelled",
        "target": NAME,
        "before": {"state": "failed"},
        "after": {"state": "cancelled"},
        "reason": "erased since",
    }
    with pytest.raises(JobOver):
        cancel_job(job_id=job.pk, actor=OPERATOR)
    assert retry_job(job_id=job.pk, actor=OPERATOR).state == "waiting"


def test_every_kind_has_a_label_that_people_can_read():
    assert {"jobs.forget", "accounts.forget"} <= kinds().keys()
    assert all(kind.label and kind.name != kind.label for kind in kinds().values())
