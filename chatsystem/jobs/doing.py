"""Doing one job that was claimed, and storing how that ended."""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from chatsystem import outages
from chatsystem.errors import ChatError, DatabaseUnavailable, Unavailable
from chatsystem.jobs.attempts import MOST_CRASHES, wait_after
from chatsystem.jobs.models import Job
from chatsystem.jobs.observing import tell
from chatsystem.jobs.registry import kinds
from chatsystem.jobs.run import Interrupted, Lost, Run
from chatsystem.jobs.totals import DONE, FAILED, INTERRUPTED, LOST, RETRIED, count
from chatsystem.requests import log_unexpected, request_id

State = Job.State

log = logging.getLogger("chatsystem.jobs")


def do_job(job: Job, *, stopping: threading.Event) -> str:
    """Do a claimed job to its end, or until `stopping` is set, and return which of `OUTCOMES` it came to.

    An outage is no failure: the job is tried again, as long as it takes. So is one that meets a mistake of ours, a few
    times; a refusal ends it. Log lines and audit entries written meanwhile carry `job-<number>` as the request's id.
    Raises `OperationalError` where SQL is away; the job is then taken up again when its heartbeat is too old.
    """
    token = request_id.set(f"job-{job.pk}")
    began = time.perf_counter()
    try:
        tell("claimed")
        try:
            outcome = _do(Run(job, stopping=stopping), job, began)
        except Lost:
            outcome = LOST
            count(job.kind, outcome, _since(began))  # not where it was found out: that transaction is taken back
        log.info("a job of the kind %s ended: %s", job.kind, outcome)
        return outcome
    finally:
        request_id.reset(token)


def _do(run: Run, job: Job, began: float) -> str:
    try:
        kinds()[job.kind].handler(run)
        tell("before end")
        return _end(run, job, DONE, began, state=State.DONE, ended_at=timezone.now(), error="")
    except Interrupted:
        return _end(run, job, INTERRUPTED, began, state=State.WAITING, run_at=timezone.now())
    except Exception as error:
        return _end_after(error, run, job, began)


def _end_after(error: Exception, run: Run, job: Job, began: float) -> str:
    if isinstance(error, OperationalError | InterfaceError):
        outages.noticed_sql()
        error = DatabaseUnavailable()
    if isinstance(error, Unavailable):
        return _try_again(error.code, run, job, began)
    if isinstance(error, ChatError):
        return _end(run, job, FAILED, began, state=State.FAILED, ended_at=timezone.now(), error=error.code)
    log_unexpected(error)
    crashes = Job.objects.values_list("crashes", flat=True).get(pk=job.pk) + 1
    if crashes < MOST_CRASHES:
        return _try_again("unexpected", run, job, began, crashes=crashes)
    now = timezone.now()
    return _end(run, job, FAILED, began, state=State.FAILED, ended_at=now, error="unexpected", crashes=crashes)


def _try_again(code: str, run: Run, job: Job, began: float, **values: Any) -> str:
    # Zero where it has come on since it was taken up.
    attempts = Job.objects.values_list("attempts", flat=True).get(pk=job.pk)
    run_at = timezone.now() + wait_after(attempts)
    return _end(run, job, RETRIED, began, state=State.WAITING, run_at=run_at, error=code, **values)


def _end(run: Run, job: Job, outcome: str, began: float, **values: Any) -> str:
    with transaction.atomic():
        run.write(**values)
        count(job.kind, outcome, _since(began))
    tell("ended")
    return outcome


def _since(began: float) -> timedelta:
    return timedelta(seconds=time.perf_counter() - began)
