"""Ends what a process has started and removes what it made for a while, when that process ends in whatever way.

The guard is a process of its own that reads a pipe. The kernel closes the pipe when its owner dies, by SIGKILL too.
"""

import atexit
import functools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

GONE_WITHIN = 10  # seconds to remove a directory


class Guard:
    """The owner's end of the pipe."""

    def __init__(self) -> None:
        reader, self._writer = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and file
            # Isolated and without site-packages, it starts in a few hundredths of a second.
            [sys.executable, "-I", "-S", __file__],
            stdin=reader,
            # Not the owner's: whoever reads its output would wait for the guard as well.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A Ctrl-C in the terminal must not reach it.
            start_new_session=True,
        )
        os.close(reader)
        atexit.register(self._end)

    def watch(self, pid: int) -> None:
        """Kill the process group `pid` if this process ends first."""
        self._tell(f"+{pid}")

    def forget(self, pid: int) -> None:
        """`pid` has ended: its number may soon be somebody else's."""
        self._tell(f"-{pid}")

    def remove(self, directory: Path) -> None:
        """Remove `directory` when this process ends, after the processes are gone."""
        self._tell(f"/{directory.absolute()}")

    def _end(self) -> None:
        # What is still left to do is done before this process is gone, so that nothing runs on behind its back.
        os.close(self._writer)
        self._process.wait()

    def _tell(self, line: str) -> None:
        # One short write is atomic, so threads need no lock.
        os.write(self._writer, os.fsencode(f"{line}\n"))


@functools.cache
def guard() -> Guard:
    """Return this process's guard, started when first asked for."""
    return Guard()


def main(lines: Iterable[bytes]) -> None:
    """Listen until the owner is gone, then end and remove what it named."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    directories: list[str] = []
    for line in lines:
        kind, value = line[:1], os.fsdecode(line[1:].rstrip(b"\n"))
        if kind == b"+":
            groups.add(int(value))
        elif kind == b"-":
            groups.discard(int(value))
        elif kind == b"/":
            directories.append(os.sep + value.lstrip(os.sep))
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for directory in directories:
        _remove(directory)


def _remove(directory: str) -> None:
    deadline = time.monotonic() + GONE_WITHIN
    # Again, because a process that is just being killed may finish a last file.
    while Path(directory).exists() and time.monotonic() < deadline:
        shutil.rmtree(directory, ignore_errors=True)
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.stdin.buffer)
