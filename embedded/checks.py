"""What is looked at before anything is started: each refusal says what to do."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.ports import is_free

FIRST_BYTES = 1_000_000_000  # jars, Cassandra's logs and tables, room to work
LATER_BYTES = 200_000_000
FULL_BYTES = 20_000_000  # less than this, and writes fail


def check_port(environment: Mapping[str, str]) -> int:
    """Return the service's port; refuse one that is busy or no port."""
    text = environment["APP_PORT"]
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise EmbeddedError(f"APP_PORT is {text!r}, which is no port: name one, as in APP_PORT=8001 make run")
    port = int(text)
    if not is_free(port):
        raise EmbeddedError(
            f"port {port} is busy (or not allowed): end what uses it, or take another, as in "
            f"APP_PORT={port + 1} make run"
        )
    return port


def check_disk(directory: Path, *, needed: int) -> None:
    """Refuse a disk with less free than `needed` bytes."""
    free = shutil.disk_usage(_existing(directory)).free
    if free < needed:
        raise EmbeddedError(
            f"only {free / 1e6:,.0f} MB free for {directory}, {needed / 1e6:,.0f} MB needed: make room, "
            "or name another place with EMBEDDED_DIRECTORY (and EMBEDDED_JARS)"
        )


def is_full(directory: Path) -> bool:
    """Tell whether the disk of `directory` has no room left to work in."""
    return shutil.disk_usage(_existing(directory)).free < FULL_BYTES


def _existing(directory: Path) -> Path:
    return next(parent for parent in (directory, *directory.parents) if parent.exists())
