"""Who may stop a job or have it tried again: a right over all jobs, or what the job's kind takes."""

from typing import Any

from chatsystem.jobs.models import Job
from chatsystem.jobs.registry import kinds


def may_cancel(person: Any, job: Job) -> bool:
    """Whether somebody may cancel all jobs, or might have started this one: whoever began a wrong one can stop it."""
    own = _permission_of(job)
    return person.has_perm("chatsystem.cancel_job") or (own is not None and person.has_perm(own))


def may_retry(person: Any, job: Job) -> bool:
    """Whether somebody may have jobs tried again, and do what this one does: trying again is doing it."""
    own = _permission_of(job)
    return person.has_perm("chatsystem.retry_job") and (own is None or person.has_perm(own))


def _permission_of(job: Job) -> str | None:
    kind = kinds().get(job.kind)
    return kind.permission if kind else None
