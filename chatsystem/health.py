"""Whether each part that the service stands on works, within one budget of time."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from chatsystem import outages
from chatsystem.redis import connection as redis
from messaging.store import health as cassandra

BUDGET = 1.0  # seconds, for all parts together: a load balancer waits no longer
OPTIONAL = {"redis"}  # away, the service is slower and right


@dataclass(frozen=True)
class Report:
    """What was found: for each part "ok" or what is wrong with it."""

    parts: dict[str, str]

    @property
    def status(self) -> str:
        """`ready`, `degraded` (works, slower) or `unready`."""
        away = {name for name, state in self.parts.items() if state != "ok"}
        if away - OPTIONAL:
            return "unready"
        return "degraded" if away else "ready"


def check_parts() -> Report:
    """Ask all parts side by side. One that doesn't answer within the budget counts as away."""
    deadline = time.monotonic() + BUDGET
    checks = {name: _start(name, check) for name, check in CHECKS.items()}
    wait(checks.values(), timeout=deadline - time.monotonic())
    return Report({name: _result(name, check) for name, check in checks.items()})


def check_cassandra() -> str:
    """A read of the cluster, and the tables and columns that the models want."""
    cassandra.ping(timeout=BUDGET)
    missing = cassandra.missing_parts()
    return f"schema lacks {', '.join(missing)}: run manage.py migrate_cassandra" if missing else "ok"


def check_sql() -> str:
    """A read of the database, and the migrations that the code wants."""
    try:
        pending = pending_migrations()
    finally:
        connection.close()  # it belongs to this thread
    return f"{pending} migrations are pending: run manage.py migrate" if pending else "ok"


def pending_migrations() -> int:
    """Return how many migrations the code wants that the database hasn't had."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def check_redis() -> str:
    """A ping."""
    redis.ping()
    return "ok"


CHECKS: dict[str, Callable[[], str]] = {"cassandra": check_cassandra, "sql": check_sql, "redis": check_redis}
_pool = ThreadPoolExecutor(max_workers=len(CHECKS), thread_name_prefix="health")
_running: dict[str, Future[str]] = {}


def _start(name: str, check: Callable[[], str]) -> Future[str]:
    """Start a check, unless an earlier one still hangs: a dead part must not gather threads."""
    if name not in _running or _running[name].done():
        _running[name] = _pool.submit(check)
    return _running[name]


def _result(name: str, check: Future[str]) -> str:
    error = check.exception() if check.done() else None
    if error or not check.done():
        outages.noticed(name)
        return f"unreachable ({type(error).__name__})" if error else f"no answer within {BUDGET:g} s"
    outages.ended(name)
    return check.result()
