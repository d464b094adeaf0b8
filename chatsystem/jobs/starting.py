"""Starting, cancelling and repeating jobs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chatsystem.audit.actions import Action
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor
from chatsystem.errors import JobNotFound, JobOver, NothingToRetry
from chatsystem.jobs.models import Job, JobFailure
from chatsystem.jobs.registry import kinds

State = Job.State
CAN_BE_CANCELLED = frozenset({State.WAITING, State.RUNNING, State.FAILED})


def start_job(
    *, kind: str, arguments: Mapping[str, Any], actor: Actor, reason: str = "", run_at: datetime | None = None
) -> Job:
    """Have a worker do a job of `kind`, now or not before `run_at`, in the name of `actor`.

    `arguments` are what JSON can hold, with times and UUIDs as text; they are shown to operators and stay in the audit
    log, so they name people and messages and quote nobody. `KeyError` where nobody handles such jobs.
    """
    kinds()[kind]
    with transaction.atomic():
        job = create_job(kind, arguments, actor, run_at=run_at)
        record(
            actor=actor,
            action=Action.JOB_STARTED,
            target=job.as_target,
            after={"arguments": dict(arguments)},
            reason=reason,
        )
    return job


def create_job(kind: str, arguments: Mapping[str, Any], actor: Actor, *, run_at: datetime | None = None) -> Job:
    """Store a job; only what nobody asked for comes here without an entry in the audit log."""
    return Job.objects.create(
        kind=kind,
        arguments=dict(arguments),
        created_by_kind=actor.kind,
        created_by_id=actor.id,
        created_by_name=actor.name,
        run_at=run_at or timezone.now(),
    )


def cancel_job(*, job_id: int, actor: Actor, reason: str = "") -> Job:
    """Have a job not be done, or not any further: of one under way the present step still ends.

    One that failed counts as failed no longer. Raises `JobNotFound`, and `JobOver` for one that is done or cancelled.
    """
    with transaction.atomic():
        job = _locked(job_id)
        if job.state not in CAN_BE_CANCELLED:
            raise JobOver
        before = job.state
        job.state, job.ended_at = State.CANCELLED, timezone.now()
        job.save(update_fields=["state", "ended_at"])
        _record(job, Action.JOB_CANCELLED, actor, reason, before)
    return job


def retry_job(*, job_id: int, actor: Actor, reason: str = "") -> Job:
    """Have a job done after all.

    One that failed or was cancelled goes on where it was. One that is done but for some items begins anew, which
    changes nothing for the others. Raises `JobNotFound`, and `NothingToRetry` for any other.
    """
    with transaction.atomic():
        job = _locked(job_id)
        before = job.state
        if job.state == State.DONE and job.failures:
            job.failed_items.all().delete()
            job.cursor, job.done, job.failures = None, 0, 0
        elif job.state not in {State.FAILED, State.CANCELLED}:
            raise NothingToRetry
        job.state, job.run_at, job.attempts, job.crashes = State.WAITING, timezone.now(), 0, 0
        job.error, job.ended_at = "", None
        job.save()
        _record(job, Action.JOB_RETRIED, actor, reason, before)
    return job


def begin_anew(*, since: datetime) -> None:
    """Have jobs be done from their beginning, after what they work on was restored as it was at the time `since`.

    What they did later is undone. So all begin anew that haven't ended, and of those that ended later the ones that may
    be repeated; what was cancelled stays so.
    """
    unfinished = Q(state__in={State.WAITING, State.RUNNING})
    repeatable = [kind.name for kind in kinds().values() if kind.repeatable]
    undone = Q(state__in={State.DONE, State.FAILED}, kind__in=repeatable, ended_at__gte=since)
    jobs = Job.objects.filter(unfinished | undone)
    JobFailure.objects.filter(job__in=jobs).delete()
    jobs.update(
        state=State.WAITING, cursor=None, done=0, failures=0, attempts=0, crashes=0,
        worker="", heartbeat_at=None, ended_at=None, error="",
    )  # fmt: skip


def _locked(job_id: int) -> Job:
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    if job is None:
        raise JobNotFound
    return job


def _record(job: Job, action: Action, actor: Actor, reason: str, before: str) -> None:
    record(
        actor=actor,
        action=action,
        target=job.as_target,
        before={"state": before},
        after={"state": job.state},
        reason=reason,
    )
