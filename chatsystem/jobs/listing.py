"""Looking at jobs. Nothing here counts all of them."""

from chatsystem.errors import JobNotFound
from chatsystem.jobs.models import Job, JobFailure


def list_jobs(*, state: str = "", kind: str = "", before: int | None = None, limit: int) -> list[Job]:
    """Return up to `limit` jobs, the last one first; `before` a number, those that come next."""
    wanted = {name: value for name, value in (("state", state), ("kind", kind)) if value}
    found = Job.objects.filter(**wanted)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


def get_job(*, job_id: int) -> Job:
    """Return a job. Raises `JobNotFound`."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise JobNotFound
    return job


def list_failures(*, job: Job, after: int = 0, limit: int) -> list[JobFailure]:
    """Return up to `limit` items that the job could not do, as it met them; `after` a key, those that come next."""
    return list(job.failed_items.filter(pk__gt=after).order_by("pk")[:limit])
