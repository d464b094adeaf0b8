"""What trials play on: the real service with real parts, which trials kill, stop and start again as operators would."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from embedded.errors import PortTaken
from embedded.paths import PROJECT
from embedded.ports import free_ports
from embedded.processes import Process
from embedded.service import Gunicorn
from embedded.temporary import TemporaryParts
from tests.deploy.ring import Ring
from tests.postgres import PostgreSQL
from tests.prove.client import wait_until

TRIES = 5  # for a port that somebody else takes first
BACK_WITHIN = 60  # seconds until a service must be back, on a machine with other work too
# Limits are on, as in production, and beyond what trials do; but for log-ins, where the default is the trial.
QUOTAS = dict.fromkeys(("RATE_LIMIT_SEND", "RATE_LIMIT_READ", "RATE_LIMIT_CHANGE", "RATE_LIMIT_REGISTER"), "1000000/60")

P = TypeVar("P", bound=Process)


class Service(Gunicorn):
    """gunicorn with its workers; `wsgi` names another application to serve."""

    def __init__(self, directory: Path, environment: Mapping[str, str], *, wsgi: str = "chatsystem.wsgi") -> None:
        (port,) = free_ports(1)
        super().__init__(port, logs=directory, environment={**os.environ, **environment, "APP_PORT": str(port)})
        self.wsgi = wsgi

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{self.host}:{self.port}"

    def command(self) -> Sequence[str | Path]:
        return [*super().command()[:-1], self.wsgi]

    def workers(self) -> list[int]:
        """The ids of its worker processes."""
        return children_of(self.pid) if self.pid else []

    def kill_master(self) -> None:
        """Kill the first process alone: its workers see that it is gone, and end; they may answer until then."""
        workers = self.workers()
        assert self.pid
        os.kill(self.pid, signal.SIGKILL)
        self.wait()
        wait_until(
            lambda: not any(map(is_alive, workers)), seconds=BACK_WITHIN, what="the end of a killed master's workers"
        )


class Stage:
    """Parts and services, started when they are first wanted; `close` ends all of them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.closing = ExitStack()
        self.secrets = {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "JWT_SECRET_KEY")}

    def close(self) -> None:
        """End everything."""
        self.closing.close()

    @cached_property
    def parts(self) -> TemporaryParts:
        """The Cassandra and the Valkey that most trials share."""
        return self.new_parts()

    @cached_property
    def postgres(self) -> PostgreSQL:
        """A PostgreSQL server."""
        server = PostgreSQL()
        self.closing.callback(server.remove)
        for _ in range(TRIES):
            server.start()
            try:
                server.wait_ready()
                break
            except PortTaken:
                (server.port,) = free_ports(1)
        return server

    @cached_property
    def environment(self) -> dict[str, str]:
        """The settings of services over the shared parts, but for their SQL database."""
        settings = self.settings(self.parts)
        manage({**settings, "DATABASE_URL": self.new_sqlite()}, "migrate_cassandra")
        return settings

    @cached_property
    def service(self) -> Service:
        """The service that most trials share: two workers, over SQLite."""
        return self.new_service({**self.environment, "DATABASE_URL": self.new_sqlite()})

    @cached_property
    def service_on_postgres(self) -> Service:
        """The same over PostgreSQL."""
        url = self.postgres.new_database()
        manage({**self.environment, "DATABASE_URL": url}, "migrate", "--noinput")
        return self.new_service({**self.environment, "DATABASE_URL": url})

    @cached_property
    def ring(self) -> Ring:
        """Three Cassandra nodes."""
        ring = Ring(self.new_directory("ring"))
        self.closing.callback(ring.kill)
        ring.start()
        return ring

    @cached_property
    def service_on_ring(self) -> Service:
        """The service over the ring, which keeps each row on all nodes."""
        settings = {**self.environment, **self.ring.environment, "DATABASE_URL": self.new_sqlite()}
        manage(settings, "migrate_cassandra")
        return self.new_service(settings)

    def end_ring(self) -> None:
        """End the ring and its service; who wants one again gets a new one."""
        if "service_on_ring" in vars(self):
            self.service_on_ring.kill()
            del self.service_on_ring
        if "ring" in vars(self):
            self.ring.kill()
            del self.ring

    def new_parts(self) -> TemporaryParts:
        """Start a Cassandra and a Valkey of a trial's own, empty."""
        parts = TemporaryParts()
        self.closing.callback(parts.remove)
        parts.start()
        parts.wait_ready()
        return parts

    def settings(self, parts: TemporaryParts) -> dict[str, str]:
        """Return what a service over these parts is told, but for its SQL database."""
        return {
            **parts.environment,
            **self.secrets,
            **QUOTAS,
            "APP_ENV": "development",  # as `make run` has it
            "ENV_FILE": os.devnull,
            "EMAIL_URL": f"filemail:///{self.directory}/mail",
            "CASSANDRA_KEYSPACE": "prove",
        }

    def new_sqlite(self) -> str:
        """Make a migrated SQLite database and return its URL."""
        file = self.directory / f"{secrets.token_hex(4)}.sqlite3"
        shutil.copy(self._migrated, file)
        return f"sqlite:///{file}"

    @cached_property
    def _migrated(self) -> Path:
        file = self.directory / "migrated.sqlite3"
        manage({**self.settings(self.parts), "DATABASE_URL": f"sqlite:///{file}"}, "migrate", "--noinput")
        return file

    def new_service(self, environment: Mapping[str, str], *, wsgi: str = "chatsystem.wsgi") -> Service:
        """Start a service and return it when it reaches all of its parts."""
        service = self.ending(Service(self.new_directory("service"), environment, wsgi=wsgi))
        service.start()
        service.wait_ready()
        return service

    def ending(self, process: P) -> P:
        """Have a process end with the stage."""
        self.closing.callback(process.kill)
        return process

    def new_directory(self, name: str) -> Path:
        """Make a directory of its own for something."""
        directory = self.directory / f"{name}-{secrets.token_hex(4)}"
        directory.mkdir()
        return directory

    def restore(self) -> None:
        """Bring back what a trial may have left dead or hanging, so that the next one begins with all that there is."""
        self.end_ring()
        made = vars(self)
        parts = [self.parts.cassandra, self.parts.valkey] if "parts" in made else []
        parts += [made[name] for name in ("postgres", "service", "service_on_postgres") if name in made]
        for part in parts:
            resume(part)
            part.start()  # only what has ended
        for part in parts:
            part.wait_ready()


def manage(environment: Mapping[str, str], *arguments: str, timeout: float = 300) -> str:
    """Run a command of manage.py as an operator does, and return what it printed; raises where it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def pause(process: Process) -> None:
    """Let a process hang with all that it started: PostgreSQL's connections are processes of their own."""
    _tell_all(process, signal.SIGSTOP)


def resume(process: Process) -> None:
    """Let it go on."""
    _tell_all(process, signal.SIGCONT)


def _tell_all(process: Process, number: signal.Signals) -> None:
    if process.pid:
        for pid in (process.pid, *children_of(process.pid)):
            send(pid, number)


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone by now."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def children_of(pid: int) -> list[int]:
    """Return the ids of the processes that a process started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def is_alive(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
