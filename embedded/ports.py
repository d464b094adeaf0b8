"""Ports that nobody uses."""

import fcntl
import functools
import os
import random
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path

# Below the range that kernels hand to outgoing connections: a client that knocks at a stopped part could otherwise be
# given that part's own port, connect to itself and keep the port from the part.
RANGE = range(20_000, 32_000)
TRIES = 200

_claimed: set[int] = set()


def is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on `port` now."""
    with socket.socket() as probe:
        # As servers do it: connections that are only closing don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_ports(count: int, *, host: str = "127.0.0.1", preferred: Iterable[int] = ()) -> list[int]:
    """Return `count` different ports that are free now, the preferred ones first.

    No other call of ours gets the same ones while this process lives, though a part takes seconds to listen, or rests.
    Somebody else may still take one; the part then ends with `PortTaken`.
    """
    found: list[int] = []
    # The system's own source of chance: a test runner sets the common one to the same start again and again.
    for port in [*preferred, *random.SystemRandom().sample(RANGE, TRIES)]:
        if len(found) == count:
            break
        if is_free(port, host=host) and _claim(port):
            found.append(port)
    return found


def _claim(port: int) -> bool:
    # A lock on one byte of a file: the kernel's table of who intends to use which port. It knows processes, so what
    # this one has claimed is a matter of its own.
    if port in _claimed:
        return False
    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _claimed.add(port)
    return True


@functools.cache
def _claims() -> int:
    # Kept open for good: closing any handle of a file gives up all of a process's locks on it.
    return os.open(Path(tempfile.gettempdir()) / f"embedded-ports-{os.getuid()}", os.O_CREAT | os.O_WRONLY, 0o600)
