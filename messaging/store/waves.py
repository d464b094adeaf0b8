"""Readings side by side: what each of them asks next goes out before anybody waits for an answer."""

from collections.abc import Generator, Iterable, Sequence
from typing import Any, TypeVar

from messaging.store.session import Answer

T = TypeVar("T")
Row = tuple[Any, ...]
# A reading yields the requests that it has sent, is given their rows, and returns what it found.
Reading = Generator[Sequence[Answer], list[list[Row]], T]


def read_together(readings: Iterable[Reading[T]]) -> list[T]:
    """Finish all readings, in as many waves of requests as the longest of them takes. Raises `StorageUnavailable`."""
    under_way = list(readings)
    found: dict[int, T] = {}
    waiting: dict[int, Sequence[Answer]] = {}
    for number, reading in enumerate(under_way):
        try:
            waiting[number] = next(reading)
        except StopIteration as end:
            found[number] = end.value
    while waiting:
        brought = {number: [answer.rows() for answer in answers] for number, answers in waiting.items()}
        waiting = {}
        for number, rows in brought.items():
            try:
                waiting[number] = under_way[number].send(rows)
            except StopIteration as end:
                found[number] = end.value
    return [found[number] for number in range(len(under_way))]


def read(reading: Reading[T]) -> T:
    """Finish one reading."""
    return read_together([reading])[0]
