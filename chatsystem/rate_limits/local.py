"""A process's own counts, for as long as Redis is away."""

import threading
import time
from collections.abc import Sequence
from typing import Protocol

MOST = 50_000  # counters, about 10 MB: strangers choose their keys, so their number has a bound


class Counted(Protocol):
    """What is counted: a key, and a quota with its window in milliseconds."""

    @property
    def key(self) -> str:
        """The counter's name."""

    @property
    def rate(self) -> tuple[int, int]:
        """Quota and window."""


class LocalCounters:
    """The same answers as the scripts in Redis give, from memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}  # used, and when the window ends

    def take(self, claims: Sequence[Counted]) -> list[int]:
        """Count one request against each claim, or against none where one is used up."""
        with self._lock:
            used = [self._used(claim.key) for claim in claims]
            refused = any(count >= claim.rate[0] for count, claim in zip(used, claims, strict=True))
            if not refused:
                for count, claim in zip(used, claims, strict=True):
                    self._set(claim, count + 1)
            return [int(refused), *self._numbers(claims)]

    def give_back(self, claims: Sequence[Counted]) -> None:
        """Take back what `take` counted."""
        with self._lock:
            for claim in claims:
                used = self._used(claim.key)
                if used:
                    self._set(claim, used - 1)

    def peek(self, claims: Sequence[Counted]) -> list[int]:
        """Return what `take` would, and count nothing."""
        with self._lock:
            return [0, *self._numbers(claims)]

    def _numbers(self, claims: Sequence[Counted]) -> list[int]:
        now = time.monotonic()
        numbers = []
        for claim in claims:
            used, ends = self._counts.get(claim.key, (0, now))
            numbers += [used, max(round((ends - now) * 1_000), 0)]
        return numbers

    def _used(self, key: str) -> int:
        used, ends = self._counts.get(key, (0, 0.0))
        return used if ends > time.monotonic() else 0

    def _set(self, claim: Counted, used: int) -> None:
        now = time.monotonic()
        _, ends = self._counts.get(claim.key, (0, 0.0))
        if ends <= now:
            ends = now + claim.rate[1] / 1_000
            if len(self._counts) >= MOST:
                self._make_room(now)
        self._counts[claim.key] = used, ends

    def _make_room(self, now: float) -> None:
        """Drop what has ended; where that isn't enough, the half that ends first."""
        live = sorted(((ends, key) for key, (_, ends) in self._counts.items() if ends > now), reverse=True)
        self._counts = {key: self._counts[key] for _, key in live[: MOST // 2]}
