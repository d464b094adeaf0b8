"""Which parts are away, as this process finds: counted each time, but told once, and once more when it's over."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from chatsystem.metrics import OUTAGES

REMINDER = 60.0  # seconds between two lines while an outage lasts
# Seconds without a failure before a part counts as back: one that fails now and then would fill the log with turns.
SETTLED = 2.0

log = logging.getLogger("chatsystem.outages")


@dataclass
class _Outage:
    """Since when a part is away, when it failed last and when that was told last, by the monotonic clock."""

    began: float
    failed: float
    told: float


_away: dict[str, _Outage] = {}
_lock = threading.Lock()


def noticed(part: str) -> None:
    """Call where `cassandra`, `sql` or `redis` could not do its work."""
    OUTAGES.labels(part).inc()
    now = time.monotonic()
    with _lock:
        outage = _away.setdefault(part, _Outage(began=now, failed=now, told=float("-inf")))
        outage.failed = now
        if now - outage.told < REMINDER:
            return
        outage.told = now
    if outage.began == now:
        log.warning("%s is away", part, extra={"part": part})
    else:
        log.warning("%s is still away, after %.0f s", part, now - outage.began, extra={"part": part})


def ended(part: str) -> None:
    """Call where a part did its work; that costs nothing where nothing was wrong."""
    if part not in _away:
        return
    now = time.monotonic()
    with _lock:
        outage = _away.get(part)
        if outage is None or now - outage.failed < SETTLED:
            return
        del _away[part]
    log.warning("%s is back, after %.0f s", part, now - outage.began, extra={"part": part})


def noticed_sql() -> None:
    """Call where Django said that SQL is away; the next query of this thread that works tells that it's back."""
    noticed("sql")
    if _watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(_watch)


def _watch(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run a query, as one of Django's `execute_wrappers`: in place only from an outage to its end."""
    result = execute(sql, parameters, many, context)
    ended("sql")
    if "sql" not in _away:
        context["connection"].execute_wrappers.remove(_watch)
    return result
