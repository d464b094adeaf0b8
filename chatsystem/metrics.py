"""What is counted of HTTP, and what every count of outcomes shares. Labels have few values: names, never ids or paths.

docs/operations.md lists all metrics.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError
from prometheus_client import Counter, Histogram, disable_created_metrics

from chatsystem.errors import ChatError, ReadOnly, Unavailable
from chatsystem.rate_limits.policies import POLICIES

OUTCOMES = ("ok", "refused", "unavailable", "failed")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "OTHER"  # callers may invent methods
NO_ROUTE = "-"  # an address that nothing stands at

disable_created_metrics()  # when each series began: one process alone would tell, several together don't

HTTP_REQUESTS = Counter("chat_http_requests_total", "Answers to HTTP requests.", ["route", "method", "status"])
HTTP_SECONDS = Histogram(
    "chat_http_request_seconds",
    "Time from a request's first middleware to its answer.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
OUTAGES = Counter("chat_outages_total", "Times that a part could not do its work.", ["part"])
for _part in ("cassandra", "sql", "redis"):
    OUTAGES.labels(_part)

LIMITED = Counter("chat_limited_total", "Requests that a limit refused.", ["policy"])
for _policy in POLICIES:
    LIMITED.labels(_policy.name)
WORKER_STARTS = Counter("chat_worker_starts_total", "Workers that have started, replacements too.")

P = ParamSpec("P")
R = TypeVar("R")


def outcomes(name: str, text: str) -> Counter:
    """Return a counter of how something ended, which shows zeros from the start."""
    counter = Counter(name, text, ["outcome"])
    for outcome in OUTCOMES:
        counter.labels(outcome)
    return counter


def counted(counter: Counter) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Count how each call of a service ends: ok, refused, unavailable (a part is away) or failed (a bug)."""

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        @wraps(service)
        def call(*arguments: P.args, **named: P.kwargs) -> R:
            try:
                result = service(*arguments, **named)
            except Exception as error:
                counter.labels(outcome_of(error)).inc()
                raise
            counter.labels("ok").inc()
            return result

        return call

    return decorate


def outcome_of(error: Exception) -> str:
    """Return the outcome that an exception stands for."""
    if isinstance(error, ReadOnly):
        return "refused"  # no part is away: an operator wants it so, and nobody needs to be called
    if isinstance(error, Unavailable | OperationalError | InterfaceError):
        return "unavailable"
    return "refused" if isinstance(error, ChatError) else "failed"
