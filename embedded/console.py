"""The only place that prints."""

import sys
import threading

BAR_WIDTH = 30  # characters: bar, label and figures fit into 80
MEGABYTE = 1_000_000


def say(line: str = "") -> None:
    """Print one line at once, also into a pipe."""
    _write(f"{line}\n")


def complain(line: str) -> None:
    """Print one line where errors belong."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class Progress:
    """Bytes that have arrived: one line that grows on a terminal, a line each quarter elsewhere."""

    def __init__(self, label: str, *, total: int) -> None:
        self.label = label
        self.total = total
        self.done = 0
        self._shown = -1
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """Count bytes, which may be negative where a piece is fetched again; any thread may call it."""
        with self._lock:
            self.done += count
            self._show()

    def close(self) -> None:
        """Leave the line, so that what follows has one of its own."""
        if sys.stdout.isatty():
            say()

    def _show(self) -> None:
        terminal = sys.stdout.isatty()
        step = self.done * (1000 if terminal else 4) // self.total
        if step <= self._shown:
            return
        self._shown = step
        figures = f"{self.done / MEGABYTE:.1f} of {self.total / MEGABYTE:.1f} MB"
        if terminal:
            filled = BAR_WIDTH * self.done // self.total
            bar = "#" * filled + "." * (BAR_WIDTH - filled)
            _write(f"\r{self.label} [{bar}] {figures}")
        else:
            say(f"{self.label}: {figures}")


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
