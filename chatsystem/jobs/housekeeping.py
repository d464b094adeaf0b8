"""What is kept of jobs, and for how long."""

from datetime import timedelta

from django.utils import timezone

from chatsystem.jobs.models import Job, JobWorker
from chatsystem.jobs.registry import handles
from chatsystem.jobs.run import Run

JOBS_KEPT = timedelta(days=90)  # after their end; the audit log knows for good who started them
WORKERS_KEPT = timedelta(days=1)  # since they were last seen
ENDED = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)
AT_ONCE = 500  # jobs, with their failures


@handles("jobs.forget", label="Forget old jobs", daily=True)
def forget_jobs(run: Run) -> None:
    """Delete jobs that ended long ago, and workers that nobody has seen for long."""
    now = timezone.now()
    JobWorker.objects.filter(seen_at__lt=now - WORKERS_KEPT).delete()
    old = Job.objects.filter(state__in=ENDED, ended_at__lt=now - JOBS_KEPT)
    while ids := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        Job.objects.filter(pk__in=ids).delete()
        run.save(cursor=None, done=run.done + len(ids))
