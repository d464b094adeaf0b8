"""How the parts of this deployment are, for the admin's page: what `manage.py doctor` finds in less time, and more."""

import platform
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

from django.conf import settings
from django.db import connection
from django.utils import timezone

from chatsystem import doctor
from chatsystem.doctor import cluster
from chatsystem.doctor.findings import Finding, Level, failed, ok, warning
from chatsystem.jobs.workers import last_seen

BUDGET = 6.0  # seconds until what is known by then is shown
FRESH = 5.0  # seconds for which one examination serves all who ask: each makes connections of its own
LATE = timedelta(seconds=30)  # without a sign of life of any worker; they give one every five
PACKAGES = ("Django", "djangorestframework", "scylla-driver", "redis", "gunicorn")
ORDER: tuple[Level, ...] = ("ok", "warning", "failed")


@dataclass(frozen=True, slots=True)
class Part:
    """One part, with all that was found."""

    name: str
    findings: Sequence[Finding]

    @property
    def level(self) -> Level:
        """The worst of them."""
        return max((finding.level for finding in self.findings), key=ORDER.index, default="ok")


@dataclass(frozen=True, slots=True)
class Health:
    """All parts, as they were at a time."""

    parts: Sequence[Part]
    at: datetime

    @property
    def level(self) -> Level:
        """The worst of them."""
        return max((part.level for part in self.parts), key=ORDER.index, default="ok")


_lock = threading.Lock()
_last: tuple[float, Health] | None = None


def examine() -> Health:
    """Look at all parts, within `BUDGET` seconds, whatever is away; or return what was seen a moment ago."""
    global _last  # a process's own
    with _lock:
        if _last is None or time.monotonic() - _last[0] >= FRESH:
            found = doctor.examine(budget=BUDGET, more=MORE)
            names = dict.fromkeys(part for part, _ in found)
            parts = [Part(name, [finding for part, finding in found if part == name]) for name in names]
            _last = time.monotonic(), Health(parts, timezone.now())
        return _last[1]


def examine_nodes() -> Iterator[Finding]:
    """Whether each of CASSANDRA_NODES takes connections, also where the cluster as a whole can't be asked."""
    silent = set(cluster.silent_addresses())
    for host in settings.CASSANDRA_NODES:
        address = f"{host}:{settings.CASSANDRA_PORT}"
        if address in silent:
            yield failed(f"{address} is down", "Start that node, or leave it out of CASSANDRA_NODES.")
        else:
            yield ok(f"{address} is up")


def examine_workers() -> Iterator[Finding]:
    """When a job worker was seen last."""
    mend = "Start one: manage.py work"
    try:
        seen = last_seen()
    finally:
        connection.close()  # it belongs to this thread
    if seen is None:
        yield failed("no job worker has been seen lately", mend)
        return
    ago = timezone.now() - seen
    message = f"a job worker was seen {max(ago.total_seconds(), 0):.0f} s ago"
    yield warning(message, mend) if ago > LATE else ok(message)


def examine_versions() -> Iterator[Finding]:
    """What this process runs on."""
    yield ok(f"Python {platform.python_version()}")
    for package in PACKAGES:
        yield ok(f"{package} {version(package)}")


MORE: dict[str, doctor.Part] = {"nodes": examine_nodes, "jobs": examine_workers, "versions": examine_versions}
