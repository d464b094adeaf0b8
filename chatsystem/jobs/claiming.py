"""Which job is done next, and by whom: each claim of a job has a number, and only who has the last may change it."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from chatsystem.jobs.attempts import MOST_CRASHES
from chatsystem.jobs.models import Job
from chatsystem.jobs.totals import FAILED, count

State = Job.State

HEARTBEAT = 5.0  # seconds between two signs of life of a worker
LOST_AFTER = timedelta(seconds=60)  # without one, after which another worker takes up its job
TRIES = 10  # jobs that others may take before us in a row

log = logging.getLogger("chatsystem.jobs")


def claim_job(*, worker: str, kinds: Collection[str]) -> Job | None:
    """Return a job that is due, now running and `worker`'s, or None where there is none.

    Of any number of workers one gets it. A job whose worker hasn't shown itself for a minute is due as well.
    """
    for _ in range(TRIES):
        with transaction.atomic():
            found = _next(kinds)
            if found is None:
                return None
            if _crashes(found) >= MOST_CRASHES:
                _give_up(found)
            elif _take(found, worker):
                return Job.objects.get(pk=found.pk)
    return None


def due(now: datetime) -> QuerySet[Job]:
    """Return jobs that a worker may take up."""
    waiting = Q(state=State.WAITING, run_at__lte=now)
    lost = Q(state=State.RUNNING, heartbeat_at__lt=now - LOST_AFTER)
    return Job.objects.filter(waiting | lost)


def _next(kinds: Collection[str]) -> Job | None:
    # Kinds of a later version of the code wait for its workers.
    jobs = due(timezone.now()).filter(kind__in=kinds).order_by("run_at", "pk")
    if connection.features.has_select_for_update_skip_locked:
        jobs = jobs.select_for_update(skip_locked=True)
    return jobs.first()


def _crashes(job: Job) -> int:
    """Return how often a job that is due has crashed: had its worker not been lost, a running one wouldn't be due."""
    return job.crashes + (job.state == State.RUNNING)


def _take(job: Job, worker: str) -> bool:
    """Claim it unless somebody else did since it was read, which only a database without row locks lets happen."""
    now = timezone.now()
    taken = Job.objects.filter(pk=job.pk, state=job.state, claim=job.claim).update(
        state=State.RUNNING,
        claim=F("claim") + 1,
        attempts=F("attempts") + 1,
        crashes=_crashes(job),
        worker=worker,
        started_at=now,
        heartbeat_at=now,
    )
    return bool(taken)


def _give_up(job: Job) -> None:
    """End a job that has cost several workers their lives without coming on: it would cost all of them theirs."""
    lost = Job.objects.filter(pk=job.pk, state=job.state, claim=job.claim)
    crashes = _crashes(job)
    if lost.update(state=State.FAILED, ended_at=timezone.now(), error="worker_lost", crashes=crashes):
        count(job.kind, FAILED, timedelta(0))  # how long its workers were at it went with them
        log.error("job %s of the kind %s is given up after %s bugs or lost workers", job.pk, job.kind, crashes)
