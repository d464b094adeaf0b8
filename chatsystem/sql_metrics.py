"""Metrics that are told from SQL: of jobs, which processes do that nobody asks for metrics, and of the audit log.

Whichever server is asked tells the same. Where SQL is away they are left out, and the others aren't.
"""

from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models import Case, Count, Min, When
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chatsystem import outages
from chatsystem.audit.models import THE_HEAD, AuditHead
from chatsystem.jobs.claiming import due
from chatsystem.jobs.models import Job, JobTotal
from chatsystem.jobs.registry import kinds
from chatsystem.jobs.totals import OUTCOMES
from chatsystem.jobs.workers import last_seen

STATES = (Job.State.WAITING, Job.State.RUNNING, Job.State.FAILED)  # not those that only grow until they are forgotten


class FromSQL(Collector):
    """Asks SQL each time; six short requests."""

    def describe(self) -> Iterator[Metric]:
        """Return nothing: registering must not ask SQL."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Return all metrics."""
        try:
            yield from (_jobs(), _wait(), _workers(), *_runs(), _entries())
        except DatabaseError:
            outages.noticed_sql()


def exposition() -> bytes:
    """Return the metrics in Prometheus' words."""
    return generate_latest(_registry)


def _jobs() -> Metric:
    family = GaugeMetricFamily("chat_jobs", "Jobs, by how they stand.", labels=["kind", "state"])
    counts = Job.objects.filter(state__in=STATES).order_by().values_list("kind", "state").annotate(number=Count("pk"))
    found = {(kind, state): number for kind, state, number in counts}
    for kind in sorted({*kinds(), *(kind for kind, _ in found)}):
        for state in STATES:
            family.add_metric([kind, state], found.get((kind, state), 0))
    return family


def _wait() -> Metric:
    now = timezone.now()
    # One whose worker was lost waits since that was last seen.
    since = Case(When(state=Job.State.WAITING, then="run_at"), default="heartbeat_at")
    oldest = due(now).aggregate(oldest=Min(since))["oldest"]
    seconds = (now - oldest).total_seconds() if oldest else 0
    return GaugeMetricFamily("chat_job_wait_seconds", "How long the job waits that was due first.", value=seconds)


def _workers() -> Metric:
    family = GaugeMetricFamily("chat_job_worker_seconds", "Since any job worker was seen.", labels=[])
    seen = last_seen()
    if seen is not None:
        family.add_metric([], max((timezone.now() - seen).total_seconds(), 0))  # clocks differ
    return family


def _runs() -> tuple[Metric, Metric]:
    runs = CounterMetricFamily("chat_job_runs", "Times that jobs were done.", labels=["kind", "outcome"])
    seconds = CounterMetricFamily("chat_job_seconds", "Time that this took.", labels=["kind", "outcome"])
    found = {(total.kind, total.outcome): total for total in JobTotal.objects.all()}
    for kind in sorted({*kinds(), *(kind for kind, _ in found)}):
        for outcome in OUTCOMES:
            total = found.get((kind, outcome)) or JobTotal()
            runs.add_metric([kind, outcome], total.runs)
            seconds.add_metric([kind, outcome], total.microseconds / 1_000_000)
    return runs, seconds


def _entries() -> Metric:
    number = AuditHead.objects.filter(pk=THE_HEAD).values_list("number", flat=True).first()
    return CounterMetricFamily("chat_audit_entries", "Entries in the audit log.", value=number or 0)


_registry = CollectorRegistry()
_registry.register(FromSQL())
