"""The service itself as processes: gunicorn, the job worker, and manage.py's commands."""

import http.client
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.parts import Part
from embedded.paths import PROJECT
from embedded.processes import Process

READY = "/api/v1/health/ready"
READY_SECONDS = 3.0  # its own budget is 1 s


class Gunicorn(Part):
    """The service on its port; with `reload` it starts anew on a change of code and prints on the terminal."""

    name = "The service"
    patience = 60.0
    grace = 25.0  # gunicorn itself gives requests under way 20 s

    def __init__(self, port: int, *, logs: Path, environment: Mapping[str, str], reload: bool = False) -> None:
        super().__init__(PROJECT, port, logs=logs, environment=environment)
        self.reload = reload

    @property
    def log(self) -> Path:
        return self.logs / "service.log"

    @property
    def output(self) -> Path | None:
        return None if self.reload else self.log

    def command(self) -> Sequence[str | Path]:
        options = ["--reload"] if self.reload else []
        return [sys.executable, "-m", "gunicorn", "-c", "python:chatsystem.gunicorn", *options, "chatsystem.wsgi"]

    def is_ready(self) -> bool:
        try:
            with closing(http.client.HTTPConnection(self.host, self.port, timeout=READY_SECONDS)) as connection:
                connection.request("GET", READY)
                return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


class JobWorker(Process):
    """Does what takes longer than a request; with `reload` it starts anew on a change of code."""

    name = "The job worker"
    grace = 20.0  # for the step under way; what is cut off goes on with the next start

    def __init__(self, *, logs: Path, environment: Mapping[str, str], reload: bool = False) -> None:
        super().__init__(PROJECT, logs=logs, environment=environment)
        self.reload = reload

    @property
    def log(self) -> Path:
        return self.logs / "worker.log"

    def command(self) -> Sequence[str | Path]:
        return [sys.executable, "manage.py", "work", *(["--reload"] if self.reload else [])]


class ManageCommand(Process):
    """One command of manage.py; quiet ones print into a log, the others on the terminal."""

    def __init__(self, *arguments: str, logs: Path, environment: Mapping[str, str], quiet: bool = False) -> None:
        super().__init__(PROJECT, logs=logs, environment=environment)
        self.arguments = arguments
        self.quiet = quiet
        self.name = f"manage.py {arguments[0]}"

    @property
    def log(self) -> Path:
        return self.logs / f"{self.arguments[0]}.log"

    @property
    def output(self) -> Path | None:
        return self.log if self.quiet else None

    def command(self) -> Sequence[str | Path]:
        return [sys.executable, "manage.py", *self.arguments]

    def run(self) -> None:
        """Run it to its end; raises where it fails."""
        self.start()
        try:
            if self.wait():
                where = f": see {self.log}" if self.quiet else ""
                raise EmbeddedError(f"{self.name} failed ({self.last_words()}){where}")
        finally:
            self.kill()
