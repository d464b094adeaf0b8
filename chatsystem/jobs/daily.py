"""Jobs that nobody asks for: the worker starts them once a day (UTC), however many workers there are."""

from django.utils import timezone

from chatsystem.audit.types import Actor
from chatsystem.jobs.models import Job
from chatsystem.jobs.registry import kinds


def start_daily_jobs() -> None:
    """Start those that weren't started today."""
    today = f"{timezone.now():%Y-%m-%d}"
    names = {kind.name: f"{kind.name} {today}" for kind in kinds().values() if kind.daily}
    started = set(Job.objects.filter(once__in=names.values()).values_list("once", flat=True))
    service = Actor.service()
    missing = [
        Job(kind=kind, once=once, created_by_kind=service.kind, created_by_name=service.name)
        for kind, once in names.items()
        if once not in started
    ]
    # Another worker may have been faster; `once` is unique.
    Job.objects.bulk_create(missing, ignore_conflicts=True)
