"""Keeps processes running: one that ends is started again, one that keeps ending stops everything."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from pathlib import Path

from embedded.checks import is_full
from embedded.console import say
from embedded.errors import EmbeddedError
from embedded.processes import Process
from embedded.signals import Stopped, stopping

DEATHS = 3
WITHIN = 60.0  # seconds
POLL = 0.2  # seconds


def supervise(
    parts: list[Process], *, start: Callable[[], None], directory: Path, changed: Callable[[], None] = lambda: None
) -> None:
    """Call `start`, which adds to `parts` what it starts, and look after them until a signal or an error.

    Afterwards nothing of them is left running: they end in order, the last one first, or at once on a second signal.
    """
    with stopping(hurry=lambda: _kill(parts)):
        try:
            start()
            Supervisor(parts, directory=directory, changed=changed).watch()
        except Stopped:
            say("Stopping ...")
        finally:
            for part in reversed(parts):
                part.stop()
            if parts:
                say("Stopped: " + ", ".join(part.name for part in reversed(parts)) + ".")


class Supervisor:
    """Watches parts that were started; `changed` hears of each new process."""

    def __init__(
        self, parts: Sequence[Process], *, directory: Path, changed: Callable[[], None] = lambda: None
    ) -> None:
        self.parts = parts
        self.directory = directory
        self.changed = changed
        self._deaths: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=DEATHS))
        self._awaited: set[Process] = set()

    def watch(self) -> None:
        """Look after the parts until an exception: a signal's, or what `look` raises."""
        while True:
            self.look()
            time.sleep(POLL)

    def look(self) -> None:
        """Start again what has ended, and say so.

        Raises `EmbeddedError` when a part has ended three times within a minute, or when the disk is full.
        """
        for part in self.parts:
            if not part.is_running():
                self._start_again(part)
            elif part in self._awaited and part.is_ready():
                self._awaited.discard(part)
                say(f"{part.name} is ready again.")

    def _start_again(self, part: Process) -> None:
        if is_full(self.directory):
            raise EmbeddedError(f"{part.name} ended, the disk of {self.directory} is full: make room and start again")
        deaths = self._deaths[part.name]
        deaths.append(time.monotonic())
        if len(deaths) == DEATHS and deaths[-1] - deaths[0] <= WITHIN:
            raise EmbeddedError(
                f"{part.name} ended {DEATHS} times within a minute ({part.last_words()}): see {part.log}"
            )
        say(f"{part.name} ended by itself (status {part.status}); starting it again.")
        part.start()
        self._awaited.add(part)
        self.changed()


def _kill(parts: Sequence[Process]) -> None:
    for part in parts:
        part.kill_group()
