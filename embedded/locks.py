"""A lock between processes that goes with its holder, however that ends."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Held(Exception):
    """Somebody else holds the lock."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder  # a process id, or empty while that process is about to write it


def is_held(path: Path) -> bool:
    """Tell whether a process holds `path` now."""
    try:
        with exclusive(path):
            return False
    except Held:
        return True


@contextmanager
def exclusive(path: Path, *, waiting: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold `path` until the end of the block.

    When another process holds it, calls `waiting` with that process's id and waits, or raises `Held` without one. What
    a dead process left in the file means nothing: the lock is the kernel's, the text is only for people.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            if waiting is None:
                raise Held(holder) from None
            waiting(holder)
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
