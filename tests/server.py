"""The real server for tests: gunicorn with two workers, on a free port, with a SQL database of its own."""

import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from embedded.guard import guard
from embedded.ports import free_ports

ROOT = Path(__file__).parent.parent


@dataclass
class Server:
    """A running server: where it is, what it printed, and what its environment has that ours lacks."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    environment: Mapping[str, str]

    @property
    def database(self) -> str:
        """The URL of its SQL database."""
        return self.environment.get("DATABASE_URL", os.environ["DATABASE_URL"])

    def client(self, token: str | None = None, *, timeout: float = 20) -> httpx.Client:
        """Return a client of the API; it speaks as the owner of `token`."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=timeout)


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    """Run `manage.py` and return what it printed."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, check=True, capture_output=True, text=True, timeout=300
    )
    return done.stdout


@functools.cache
def migrated_sqlite() -> Path:
    """Return a file that `migrate` has made, once a process; it stays as it is, to be copied."""
    directory = Path(tempfile.mkdtemp(prefix="migrated-"))
    guard().remove(directory)
    file = directory / "db.sqlite3"
    manage({"DATABASE_URL": f"sqlite:///{file}"}, "migrate", "--noinput")
    return file


def new_sqlite(file: Path) -> str:
    """Make a migrated database, and return its URL."""
    shutil.copy(migrated_sqlite(), file)
    return f"sqlite:///{file}"


@contextmanager
def running_server(directory: Path, **environment: str) -> Iterator[Server]:
    """Start gunicorn, wait until it answers, and stop it at the end of the block.

    `environment` overrides this run's own; where it names no DATABASE_URL, the server gets a migrated SQLite file.
    """
    (port,) = free_ports(1)
    environment["APP_PORT"] = str(port)
    if "DATABASE_URL" not in environment:
        environment["DATABASE_URL"] = new_sqlite(directory / "server.sqlite3")
    server = gunicorn(environment, directory / "server.log")
    try:
        wait_until_alive(server)
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(30)


def gunicorn(environment: Mapping[str, str], log: Path) -> Server:
    """Start gunicorn on `APP_PORT`, and return without waiting for it."""
    if environment.get("APP_ENV") == "production":
        environment = {"PASSWORD_MEMORY": "", **environment}  # it refuses the tests' cheap hashes
    command = [sys.executable, "-m", "gunicorn", "-c", "python:chatsystem.gunicorn", "chatsystem.wsgi"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "WEB_CONCURRENCY": "2", **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Server(f"http://127.0.0.1:{environment['APP_PORT']}", process, log, dict(environment))


def wait_until_alive(server: Server, *, timeout: float = 60) -> None:
    """Return when the server answers; fail with its log where it doesn't."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if httpx.get(f"{server.url}/api/v1/health", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{server.log.read_text()}")


def wait_until_settled(server: Server, *, timeout: float = 60) -> None:
    """Return when both workers reach all parts, each of which it finds again by itself."""
    deadline = time.monotonic() + timeout
    answers = 0
    while answers < 8:  # in a row, so that neither worker is missed
        report = httpx.get(f"{server.url}/api/v1/health/ready", timeout=30).json()
        answers = answers + 1 if report["status"] == "ready" else 0
        if time.monotonic() > deadline:
            raise AssertionError(f"the server did not come back: {report}")
