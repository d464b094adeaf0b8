"""How often jobs ended in which way, for /metrics: kept for good, in SQL."""

from datetime import timedelta

from django.db.models import F

from chatsystem.jobs.models import JobTotal

# How the doing of a job ends; of these only `interrupted`, `retried` and `lost` aren't the job's end.
DONE, FAILED, RETRIED, INTERRUPTED, LOST = OUTCOMES = ("done", "failed", "retried", "interrupted", "lost")


def count(kind: str, outcome: str, spent: timedelta) -> None:
    """Count a job of `kind` that was done for so long and came to one of `OUTCOMES`."""
    JobTotal.objects.get_or_create(kind=kind, outcome=outcome)
    JobTotal.objects.filter(kind=kind, outcome=outcome).update(
        runs=F("runs") + 1, microseconds=F("microseconds") + spent // timedelta(microseconds=1)
    )
