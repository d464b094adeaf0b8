"""The directory by which the metrics of several workers are one.

Each worker counts in files of its own, named by its process id, and `/metrics` adds up all of them. The files of
workers that have ended are folded into one, or a directory would grow with each worker that is replaced. gunicorn's
master makes and removes the directory; where there is none, a process counts for itself in memory.
"""

import atexit
import fcntl
import logging
import os
import shutil
import struct
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # what prometheus_client asks for, when it is imported
PREFIX = "chat-metrics-"
ENDED = "ended"  # stands for a process id in the name of the file of all that have ended
LOCK = "lock"  # shared by readers, exclusive for folding
ALIVE = "alive"  # held by the master and its workers as long as any of them lives

log = logging.getLogger("chatsystem.metrics")
_alive: list[IO[str]] = []  # open files hold their locks
_waiting: set[int] = set()  # workers that have ended and aren't folded


def create() -> None:
    """Make an empty directory for this master's workers until its end, and remove those of masters that were killed."""
    _remove_orphans()
    # Nobody may take it for an orphan's before it is locked, so it gets its name then.
    new = Path(tempfile.mkdtemp(prefix=f"new-{PREFIX}"))
    _alive.append((new / ALIVE).open("w"))
    fcntl.flock(_alive[-1], fcntl.LOCK_EX)
    (new / LOCK).touch()
    directory = new.with_name(new.name.removeprefix("new-"))
    new.rename(directory)
    os.environ[VARIABLE] = str(directory)
    # Not by gunicorn's `on_exit`, which it doesn't call when the port is taken or no worker comes up.
    atexit.register(_remove, directory, os.getpid())


def _remove(directory: Path, master: int) -> None:
    if os.getpid() == master:  # workers end by the same way
        shutil.rmtree(directory, ignore_errors=True)


def fold(pid: int) -> None:
    """Add what a worker that has ended had counted to the file of all that have ended.

    Where somebody reads just now, or the disk is full, this waits for the next worker's end: nothing is lost by it.
    """
    _waiting.add(pid)
    if not (directory := os.environ.get(VARIABLE)):
        return
    try:
        with _locked(Path(directory), fcntl.LOCK_EX | fcntl.LOCK_NB):
            for kind in ("counter", "histogram"):
                _fold(Path(directory), kind)
        _waiting.clear()
    except BlockingIOError:
        pass
    except OSError as error:
        log.warning("metrics of ended workers could not be folded: %s", error.strerror)


@contextmanager
def reading() -> Iterator[None]:
    """Keep files from being folded while they are read, or what they hold could be counted twice or not at all."""
    if directory := os.environ.get(VARIABLE):
        with _locked(Path(directory), fcntl.LOCK_SH):
            yield
    else:
        yield


def _fold(directory: Path, kind: str) -> None:
    from prometheus_client.mmap_dict import MmapedDict  # only now: importing it reads the variable

    ended = directory / f"{kind}_{ENDED}.db"
    files = [directory / f"{kind}_{pid}.db" for pid in _waiting]
    sums: dict[str, float] = defaultdict(float)
    for file in (ended, *files):
        # A worker may have been killed before it had written anything.
        with suppress(FileNotFoundError, struct.error):
            for key, value, *_ in MmapedDict.read_all_values_from_file(str(file)):
                sums[key] += value
    new = ended.with_suffix(".new")
    new.write_bytes(_packed(sums))
    new.replace(ended)
    for file in files:
        file.unlink(missing_ok=True)


def _packed(sums: dict[str, float]) -> bytes:
    """Return a file as prometheus_client writes them: its size, then each key and value.

    Not written by its own class, which maps the file into memory: on a full disk that ends a process by a signal.
    """
    entries = b""
    for key, value in sums.items():
        encoded = key.encode()
        padded = encoded + b" " * (8 - (len(encoded) + 4) % 8)
        entries += struct.pack(f"i{len(padded)}sdd", len(encoded), padded, value, 0.0)
    return struct.pack("ii", len(entries) + 8, 0) + entries


@contextmanager
def _locked(directory: Path, how: int) -> Iterator[None]:
    # Opened anew each time: a file that was open before a fork would share one lock among all.
    with (directory / LOCK).open("a") as file:
        fcntl.flock(file, how)
        yield


def _remove_orphans() -> None:
    for alive in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{ALIVE}"):
        with suppress(OSError), alive.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(alive.parent, ignore_errors=True)
