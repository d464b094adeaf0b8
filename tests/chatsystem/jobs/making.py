"""Jobs of the tests' own kind, done in the test's own process."""

import threading

from django.utils import timezone

from chatsystem.errors import StorageUnavailable
from chatsystem.jobs.claiming import LOST_AFTER, claim_job
from chatsystem.jobs.doing import do_job
from chatsystem.jobs.models import Job, JobTotal
from chatsystem.jobs.starting import create_job
from tests.chatsystem.jobs.kinds import NAME, known
from tests.operators import OPERATOR


def new_job(**arguments):
    return create_job(NAME, arguments, OPERATOR)


def do_next(handler=None, *, stopping=None, worker="w1"):
    """Do the next job of the tests' kind with `handler`, and return how it ended and the job."""
    with known(handler or (lambda run: None)):
        job = claim_job(worker=worker, kinds=[NAME])
        outcome = do_job(job, stopping=stopping or threading.Event()) if job else None
        return outcome, job and Job.objects.get(pk=job.pk)


def be_due(job):
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now())


def lose_worker():
    """Have the worker of what is running be silent for too long, as one that was killed."""
    Job.objects.update(heartbeat_at=timezone.now() - LOST_AFTER)


def counted():
    """Return how often jobs of the tests' kind ended in which way."""
    return {total.outcome: total.runs for total in JobTotal.objects.filter(kind=NAME)}


def be_away(job, times=12):
    """Have the job meet an outage of so many tries, and be due again."""
    for _ in range(times):
        assert do_next(raising(StorageUnavailable()))[0] == "retried"
        be_due(job)


def raising(error):
    def handler(run):
        raise error

    return handler
