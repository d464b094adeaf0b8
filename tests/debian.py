"""Installing Debian's packages, where they are there and we may."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A mirror may stumble, and another process may be installing something.
PATIENT = ("-o", "Acquire::Retries=5", "-o", "DPkg::Lock::Timeout=300")
TIMEOUT = 600  # seconds for a download of 200 MB


class NotInstalled(Exception):
    """Says what the package manager said."""


def can_install() -> bool:
    """Whether this is a Debian, or one of its kind, and we are root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other process of the tests installs anything: apt-get ends where it finds its lists locked."""
    with Path(tempfile.gettempdir(), f"tests-install-{os.geteuid()}").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(*packages: str) -> None:
    """Install packages without what they only recommend; no service is started by it. Raises `NotInstalled`."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (("update",), ("install", "--yes", "--no-install-recommends", *packages)):
        command = ["apt-get", *words, *PATIENT]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotInstalled(f"{' '.join(command)} failed: {error}") from error
        if done.returncode:
            raise NotInstalled(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
