"""The whole service by make, in a copy of the project with data of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from embedded import jars
from embedded.paths import PROJECT
from embedded.state import State
from tests.embedded.waiting import wait_until

# A user's environment, not that of the tests, which names parts and settings.
KEPT = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Service:
    """A copy of the project and the service that make runs in it. Call `prepare` first."""

    def __init__(self, directory, port):
        self.project = directory / "project"
        self.url = f"http://127.0.0.1:{port}"
        self.output = directory / "output"
        self.environment = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "HOME": str(directory),
            "VENV": str(directory / "venv"),
            "EMBEDDED_JARS": str(jars.default_directory()),
            "APP_PORT": str(port),
        }

    def prepare(self):
        """Copy the project and its virtual environment's whereabouts."""
        without = shutil.ignore_patterns(".git", ".venv", ".local", ".env", ".*_cache", "__pycache__")
        shutil.copytree(PROJECT, self.project, ignore=without)
        # The packages are here already: a virtual environment that hands over to this one, and make is told it is done.
        programs = self.output.parent / "venv" / "bin"
        programs.mkdir(parents=True)
        for name in ("python", "lint-imports"):
            (programs / name).write_text(f'#!/bin/sh\nexec {Path(sys.executable).with_name(name)} "$@"\n')
            (programs / name).chmod(0o755)
        self.make("--touch", "run")

    def run(self, script, *, timeout=300):
        """Run a shell's script as a user would, in the copy, and return what it printed."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def make(self, *arguments):
        done = subprocess.run(
            ["make", *arguments], cwd=self.project, env=self.environment, capture_output=True, text=True, timeout=300
        )
        return done.returncode, done.stdout + done.stderr

    def start(self, target="run"):
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
        wait_until(lambda: "Stop: Ctrl-C\n" in self.lines() or self.process.poll() is not None, seconds=300)
        assert self.process.poll() is None, self.lines()

    def lines(self):
        return self.output.read_text()

    def pids(self):
        state = State.read(self.project / ".local" / "state.json")
        return {name: pid for name, (pid, _) in state.processes.items()}

    def post(self, path, **body):
        return httpx.post(f"{self.url}/api/v1{path}", json=body, timeout=300)

    def stop(self):
        """Stop it as a service manager would, and return make's exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def client(self, **person):
        token = self.post("/auth/login", **person).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=300)

    def is_ready(self):
        try:
            answer = httpx.get(f"{self.url}/api/v1/health/ready", timeout=300).json()
        except (httpx.TransportError, json.JSONDecodeError):
            return False
        return answer["status"] == "ready" and set(answer["parts"].values()) == {"ok"}
