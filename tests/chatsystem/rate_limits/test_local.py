"""A process's own counts: the same answers as Redis gives, in bounded memory."""

from dataclasses import dataclass

import pytest

from chatsystem.rate_limits import local
from chatsystem.rate_limits.local import LocalCounters


@dataclass(frozen=True)
class Claim:
    key: str
    rate: tuple[int, int] = (2, 60_000)


@pytest.fixture
def clock(monkeypatch):
    """`clock.now += 1` is a second later."""

    class Clock:
        now = 1_000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(local, "time", clock)
    return clock


def test_answers_are_whether_it_was_refused_then_used_and_milliseconds_of_each(clock):
    counters = LocalCounters()
    one, other = Claim("one"), Claim("other", (5, 1_000))
    assert counters.take([one, other]) == [0, 1, 60_000, 1, 1_000]
    clock.now += 0.25
    assert counters.take([one, other]) == [0, 2, 59_750, 2, 750]
    assert counters.take([one, other]) == [1, 2, 59_750, 2, 750]
    assert counters.look_at([one, other]) == [0, 2, 59_750, 2, 750]
    assert counters.give_back([one, other]) == [0, 1, 59_750, 1, 750]


def test_a_window_that_has_ended_is_worth_nothing(clock):
    counters = LocalCounters()
    counters.take([Claim("one")])
    counters.take([Claim("one")])
    clock.now += 60
    assert counters.look_at([Claim("one")]) == [0, 0, 0]
    assert counters.give_back([Claim("one")]) == [0, 0, 0]
    assert counters.take([Claim("one")]) == [0, 1, 60_000]


def test_a_refusal_tells_nothing_of_a_window_that_has_ended(clock):
    counters = LocalCounters()
    short, long = Claim("short", (5, 1_000)), Claim("long", (1, 60_000))
    counters.take([short, long])
    clock.now += 2
    assert counters.take([short, long]) == [1, 0, 0, 1, 58_000]


def test_counting_goes_on_from_what_was_noted(clock):
    counters = LocalCounters()
    counters.note([Claim("one"), Claim("other")], [0, 1, 5_000, 2, 700])
    assert counters.look_at([Claim("one"), Claim("other")]) == [0, 1, 5_000, 2, 700]
    assert counters.take([Claim("one"), Claim("other")])[0] == 1
    assert counters.take([Claim("one")]) == [0, 2, 5_000]
    clock.now += 5
    assert counters.take([Claim("one")]) == [0, 1, 60_000]
    counters.note([Claim("one")], [0, 0, 0])
    assert counters.look_at([Claim("one")]) == [0, 0, 0]


def test_what_was_never_counted_is_not_given_back(clock):
    counters = LocalCounters()
    assert counters.give_back([Claim("one")]) == [0, 0, 0]
    assert counters.take([Claim("one")]) == [0, 1, 60_000]


def test_strangers_cannot_fill_the_memory_nor_drop_what_ends_late(clock, monkeypatch):
    monkeypatch.setattr(local, "MOST", 100)
    counters = LocalCounters()
    counters.take([Claim("late", (1, 3_600_000))])
    for number in range(1_000):
        counters.take([Claim(f"stranger {number}")])
        assert len(counters._counts) <= 100
    assert counters.take([Claim("late", (1, 3_600_000))])[0] == 1


def test_what_has_ended_makes_room_first(clock, monkeypatch):
    monkeypatch.setattr(local, "MOST", 10)
    counters = LocalCounters()
    for number in range(6):
        counters.take([Claim(f"old {number}", (1, 1_000))])
    clock.now += 2
    for number in range(5):
        counters.take([Claim(f"new {number}", (1, 1_000))])
    assert [counters.take([Claim(f"new {number}", (1, 1_000))])[0] for number in range(5)] == [1] * 5


def test_nothing_is_dropped_while_there_is_room(clock, monkeypatch):
    monkeypatch.setattr(local, "MOST", 10)
    counters = LocalCounters()
    claims = [Claim(str(number), (1, 60_000 + number)) for number in range(10)]
    assert [counters.take([one])[0] for one in claims] == [0] * 10
    assert [counters.take([one])[0] for one in claims] == [1] * 10
