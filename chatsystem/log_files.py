"""The log as a file beside what is printed, for a collector that reads it (LOG_FILE).

All processes of a service write into one file. Whoever finds it full puts it aside under a lock; the others notice that
the file of its name is another one, and open that. So nothing else has to rotate it, and no line is lost or torn.
"""

import fcntl
import logging
from logging.handlers import WatchedFileHandler
from pathlib import Path

MAX_BYTES = 10_000_000  # of one file
OLDER = 3  # files that are kept beside it, as service.log.1, .2 and .3


class LogFile(WatchedFileHandler):
    """Appends lines to a file, each by one write, and rotates it by size."""

    def __init__(self, filename: str, *, max_bytes: int = MAX_BYTES) -> None:
        # Opened with the first line: a process that logs nothing makes no file.
        super().__init__(filename, encoding="utf-8", delay=True)
        self.max_bytes = max_bytes

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; put the file aside afterwards where it is full."""
        super().emit(record)
        if self.stream is not None and self.stream.tell() >= self.max_bytes:
            try:
                self._rotate()
            except OSError:  # a full disk, say: the line itself is written
                self.handleError(record)

    def _rotate(self) -> None:
        path = Path(self.baseFilename)
        with path.with_name(f".{path.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Somebody else may have done it meanwhile.
            if not path.exists() or path.stat().st_size < self.max_bytes:
                return
            for number in range(OLDER - 1, 0, -1):
                older = path.with_name(f"{path.name}.{number}")
                if older.exists():
                    older.replace(path.with_name(f"{path.name}.{number + 1}"))
            path.replace(path.with_name(f"{path.name}.1"))
