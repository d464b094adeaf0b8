"""Ctrl-C, SIGTERM and a closed terminal stop us in order; asked again, at once."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# make passes on a signal that a terminal or a service manager has already sent to both: that isn't asking twice.
SAME = 1.0  # second

Handler = Callable[[int, FrameType | None], object]


class Stopped(BaseException):
    """Somebody asked us to stop. Like KeyboardInterrupt no ordinary error, so nothing takes it for one."""


@contextmanager
def stopping(hurry: Callable[[], None]) -> Iterator[None]:
    """Raise `Stopped` in the block on the first signal, call `hurry` on later ones."""
    first: list[float] = []

    def handle(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not first:
            first.append(now)
            raise Stopped
        if now - first[0] > SAME:
            hurry()

    with _handled_by(handle):
        yield


@contextmanager
def deferred() -> Iterator[None]:
    """Let signals wait until the end of the block: what it begins must not be torn apart."""
    # Only the main thread is ever interrupted.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    with _handled_by(lambda number, frame: arrived.append(number)):
        yield
    for number in arrived:
        signal.raise_signal(number)


@contextmanager
def _handled_by(handler: Handler) -> Iterator[None]:
    # What nohup has set to be ignored stays so. SIGINT is different: shells ignore it for what scripts start beside
    # themselves, but whoever sends it to such a process means it.
    nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    before = {number: signal.signal(number, handler) for number in NUMBERS if not (nohup and number == signal.SIGHUP)}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
