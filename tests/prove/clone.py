"""A fresh clone of this repository, as a newcomer has it: nothing is installed, and HOME is empty."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from embedded.paths import PROJECT
from embedded.state import State
from tests.embedded.waiting import wait_until

# A newcomer's environment, not that of the tests, which names parts and settings: where programs are and packages come
# from, whom to trust, and jars where somebody has them already. Else the clone fetches its own.
KEPT = ("PATH", "LANG", "TMPDIR", "PYTHON", "SSL_CERT_FILE", "SSL_CERT_DIR", "EMBEDDED_JARS")
KEPT_PREFIXES = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
READY = 500  # seconds: the first start installs packages and may fetch jars


class Clone:
    """The clone, and the service that make runs in it."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.project = directory / "project"
        self.url = f"http://127.0.0.1:{port}"
        self.output = directory / "output"
        home = directory / "home"
        home.mkdir()
        self.environment = {
            **{name: value for name, value in os.environ.items() if name in KEPT or is_kept(name)},
            "PATH": path_without_this_environment(),
            "HOME": str(home),
            "APP_PORT": str(port),
            "ADMIN_PATH": "operators/",
        }
        self.process: subprocess.Popen[bytes] | None = None
        root = subprocess.run(
            ["git", "rev-parse", "--show-toplevel"], cwd=PROJECT, capture_output=True, text=True, timeout=60
        )
        if root.returncode:
            pytest.fail(f"{PROJECT} is no checkout of git, so nothing can be cloned: {root.stderr}")
        subprocess.run(["git", "clone", "--quiet", root.stdout.strip(), self.project], check=True, timeout=60)

    @property
    def python(self) -> str:
        """The interpreter that make has installed for the clone."""
        return str(self.project / ".venv" / "bin" / "python")

    def run(self, script: str, *, timeout: float = 580, **environment: str) -> str:
        """Run a shell's script as a user would, in the clone, and return what it printed."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.project,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def make(self, *arguments: str) -> tuple[int, str]:
        """Run make; return its status and what it printed."""
        done = subprocess.run(
            ["make", *arguments], cwd=self.project, env=self.environment, capture_output=True, text=True, timeout=300
        )
        return done.returncode, done.stdout + done.stderr

    def start(self, target: str = "run") -> None:
        """Start the service by `make <target>` and return when it is ready and has told so to the last line."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                ["make", target],
                cwd=self.project,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: "Stop: Ctrl-C\n" in self.lines() or not self.is_running(), seconds=READY)
        assert self.is_running(), self.lines()

    def is_running(self) -> bool:
        """Whether make is there."""
        return self.process is not None and self.process.poll() is None

    def lines(self) -> str:
        """What make has printed since the last start."""
        return self.output.read_text()

    def pids(self) -> dict[str, int]:
        """The processes that the service consists of."""
        state = State.read(self.project / ".local" / "state.json")
        return {name: pid for name, (pid, _) in state.processes.items()}

    def stop(self) -> None:
        """Stop it as a service manager would, if it runs."""
        if self.process and self.is_running():
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def left(self) -> list[str]:
        """The command lines of processes that run in the clone."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").resolve().is_relative_to(self.directory):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue  # gone, or somebody else's
        return found

    def post(self, path: str, **body: str) -> httpx.Response:
        """Ask the API, without a token."""
        return httpx.post(f"{self.url}/api/v1{path}", json=body, timeout=300)

    def client(self, **person: str) -> httpx.Client:
        """Log in, and return a client that speaks for the person."""
        token = self.post("/auth/login", **person).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=300)

    def is_ready(self) -> bool:
        """Whether the service reaches all of its parts."""
        try:
            answer = httpx.get(f"{self.url}/api/v1/health/ready", timeout=300).json()
        except (httpx.TransportError, json.JSONDecodeError):
            return False
        return answer["status"] == "ready" and set(answer["parts"].values()) == {"ok"}


def is_kept(name: str) -> bool:
    """Whether a variable says where packages come from."""
    return name.upper().startswith(KEPT_PREFIXES)


def path_without_this_environment() -> str:
    """Return the PATH without the programs of the virtual environment that runs this."""
    own = Path(sys.prefix, "bin") if sys.prefix != sys.base_prefix else None
    return os.pathsep.join(place for place in os.environ["PATH"].split(os.pathsep) if Path(place) != own)
