"""A process's own counts: what it last heard of Redis, and goes on from while Redis is away."""

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
            now = time.monotonic()
            used = [self._find(claim.key, now)[0] for claim in claims]
            refused = any(count >= claim.rate[0] for count, claim in zip(used, claims, strict=True))
            if not refused:
                for claim in claims:
                    self._add(claim, now)
            return [int(refused), *self._numbers(claims, now)]

    def note(self, claims: Sequence[Counted], answer: Sequence[int]) -> None:
        """Keep what Redis answered, to count on from there."""
        with self._lock:
            now = time.monotonic()
            for claim, used, left in zip(claims, answer[1::2], answer[2::2], strict=True):
                self._set(claim.key, used, now + left / 1_000, now)

    def give_back(self, claims: Sequence[Counted]) -> list[int]:
        """Take back what `take` counted."""
        with self._lock:
            now = time.monotonic()
            for claim in claims:
                used, ends = self._find(claim.key, now)
                if used:
                    self._counts[claim.key] = used - 1, ends
            return [0, *self._numbers(claims, now)]

    def look_at(self, claims: Sequence[Counted]) -> list[int]:
        """Return what `take` would, and count nothing."""
        with self._lock:
            return [0, *self._numbers(claims, time.monotonic())]

    def _find(self, key: str, now: float) -> tuple[int, float]:
        """Return how often was counted in the window under way, and its end; 0 and now where there is none."""
        used, ends = self._counts.get(key, (0, now))
        return (used, ends) if ends > now else (0, now)

    def _add(self, claim: Counted, now: float) -> None:
        used, ends = self._find(claim.key, now)
        self._set(claim.key, used + 1, ends if ends > now else now + claim.rate[1] / 1_000, now)

    def _set(self, key: str, used: int, ends: float, now: float) -> None:
        if key not in self._counts and len(self._counts) >= MOST:
            self._make_room(now)
        self._counts[key] = used, ends

    def _numbers(self, claims: Sequence[Counted], now: float) -> list[int]:
        found = [self._find(claim.key, now) for claim in claims]
        return [number for used, ends in found for number in (used, round((ends - now) * 1_000))]

    def _make_room(self, now: float) -> None:
        """Drop what has ended; where that isn't enough, the half that ends first."""
        live = sorted(((ends, key) for key, (_, ends) in self._counts.items() if ends > now), reverse=True)
        self._counts = {key: self._counts[key] for _, key in live[: MOST // 2]}
