"""A pytest plugin: a Cassandra and a Valkey of this process's own, and settings that point to them.

They are there before Django reads its settings, and gone when pytest ends in whatever way. Where pytest-xdist spreads
the tests over workers, each worker has parts of its own, so a test may stop, kill and pause them; the process that
spreads runs no test and has none.
"""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.guard import guard
from embedded.temporary import TemporaryParts

PARTS = {"CASSANDRA_NODES", "REDIS_URL"}  # what names them in the environment

running: list[TemporaryParts] = []

# Over the service's own tenth of a second: on a busy machine that is over now and then, and what a test expects of the
# cache is then not there. A hanging Redis costs what it costs in production again (`hanging` in conftest.py).
PATIENT = "?socket_timeout=1&socket_connect_timeout=1"

# A place in memory, where there is one with room. Each write waits until it is on the disk, in Cassandra's log as in
# SQLite, and nothing here outlives the run: on a disk the tests of messages take twice as long.
MEMORY = "/dev/shm"
ROOM = 3_000_000_000  # bytes
ROOT = "PYTEST_DEBUG_TEMPROOT"  # pytest's name for where `tmp_path` is; workers are told of it by the environment


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if not is_worker():
        root = tempfile.mkdtemp(prefix="tests-", dir=MEMORY if has_room(MEMORY) else None)
        guard().remove(Path(root))
        os.environ[ROOT] = root
    if not only_spreads(early_config):
        start_parts()
    return (yield)


@pytest.hookimpl(tryfirst=True)  # pytest-xdist itself answers as well
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Have one worker where tests are chosen by name: they are done before the parts of a second one have started."""
    chosen = config.option.keyword or any("::" in argument for argument in config.args)
    return 1 if chosen else None  # one a core


def is_worker() -> bool:
    """Tell whether this process is one of those that pytest-xdist spreads the tests over."""
    return "PYTEST_XDIST_WORKER" in os.environ


def has_room(directory: str) -> bool:
    """Tell whether we may write into a directory, and how much."""
    return os.access(directory, os.W_OK) and shutil.disk_usage(directory).free > ROOM


def only_spreads(config: pytest.Config) -> bool:
    """Tell whether this process has workers run the tests."""
    return not is_worker() and bool(config.known_args_namespace.numprocesses)


def start_parts() -> None:
    """Start the parts, and have the environment name them and all that tests set otherwise.

    A run that another run starts (tests/deploy/other_parts.py) is given settings; where they name both parts, it has
    none of its own.
    """
    given = json.loads(os.environ.get("TEST_SETTINGS", "{}"))
    directory, found = Path(os.environ[ROOT]), {}
    if PARTS - given.keys():
        parts = TemporaryParts(os.environ[ROOT])
        running.append(parts)
        parts.start()
        parts.wait_ready()
        directory, found = parts.directory, parts.environment
        found["REDIS_URL"] += PATIENT
    os.environ.update(
        found,
        APP_ENV="test",
        DEBUG="no",
        ENV_FILE=os.devnull,
        LOG_LEVEL="INFO",
        AUTH_HEADER_PREFIX="Bearer",
        RATE_LIMITS="no",  # tests of limits switch them on
        ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
        SECRET_KEY=secrets.token_urlsafe(48),
        JWT_SECRET_KEY=secrets.token_urlsafe(48),
        DATABASE_URL=f"sqlite:///{directory}/db.sqlite3",
        EMAIL_URL=f"filemail:///{directory}/mail",
        CASSANDRA_KEYSPACE=f"chat_test_{os.getpid()}",
        PASSWORD_MEMORY="8",  # a password's hash takes no time; production refuses it
    )
    os.environ.update(given)


def pytest_unconfigure() -> None:
    while running:
        running.pop().remove()
