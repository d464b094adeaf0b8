"""gunicorn with two workers, for the service and for the floor."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.ports import free_ports

PROJECT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    pid: int

    def workers(self) -> list[int]:
        """Return the processes that answer requests."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children]


@contextmanager
def serving(application: str, environment: Mapping[str, str], *, settings: str) -> Iterator[Server]:
    """Serve a WSGI application for the time of the block."""
    (port,) = free_ports(1)
    environment = {**os.environ, **environment, "APP_PORT": str(port), "DJANGO_SETTINGS_MODULE": settings}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:chatsystem.gunicorn", application]
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=nowhere, stderr=nowhere)  # noqa: S603
    try:
        _wait_until_it_answers(port, process)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_it_answers(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("Error: the server to be measured did not start")
