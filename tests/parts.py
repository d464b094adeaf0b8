"""A pytest plugin: a Cassandra and a Valkey of this process's own, and settings that point to them.

They are there before Django reads its settings, and gone when pytest ends in whatever way. Where pytest-xdist spreads
the tests over workers, each worker has parts of its own, so a test may stop, kill and pause them; the process that
spreads runs no test and has none.
"""

import json
import os
import secrets
from collections.abc import Iterator

import pytest

from embedded.temporary import TemporaryParts

running: list[TemporaryParts] = []

# Over the service's own tenth of a second: on a busy machine that is over now and then, and what a test expects of the
# cache is then not there. A hanging Redis costs what it costs in production again (`hanging` in conftest.py).
PATIENT = "?socket_timeout=1&socket_connect_timeout=1"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if not only_spreads(early_config):
        start_parts()
    return (yield)


def only_spreads(config: pytest.Config) -> bool:
    """Tell whether this process has workers run the tests."""
    return "PYTEST_XDIST_WORKER" not in os.environ and bool(config.known_args_namespace.numprocesses)


def start_parts() -> None:
    """Start the parts, and have the environment name them and all that tests set otherwise."""
    parts = TemporaryParts()
    running.append(parts)
    parts.start()
    parts.wait_ready()
    os.environ.update(
        parts.environment,
        REDIS_URL=parts.environment["REDIS_URL"] + PATIENT,
        APP_ENV="test",
        DEBUG="no",
        ENV_FILE=os.devnull,
        LOG_LEVEL="INFO",
        AUTH_HEADER_PREFIX="Bearer",
        RATE_LIMITS="no",  # tests of limits switch them on
        ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
        SECRET_KEY=secrets.token_urlsafe(48),
        JWT_SECRET_KEY=secrets.token_urlsafe(48),
        DATABASE_URL=f"sqlite:///{parts.directory}/db.sqlite3",
        EMAIL_URL=f"filemail:///{parts.directory}/mail",
        CASSANDRA_KEYSPACE=f"chat_test_{os.getpid()}",
        PASSWORD_MEMORY="8",  # a password's hash takes no time; production refuses it
    )
    # Another cluster, for a run that another run starts (tests/deploy/other_parts.py).
    os.environ.update(json.loads(os.environ.get("TEST_SETTINGS", "{}")))


def pytest_unconfigure() -> None:
    while running:
        running.pop().remove()
