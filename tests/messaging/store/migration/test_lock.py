"""One at a time, and never blocked for long."""

import threading
import time

import pytest

from messaging.store.migration import lock, records
from messaging.store.migration.errors import LockHeld, LockLost
from tests.embedded.waiting import wait_until
from tests.outages import wait_for_parts


def take(**options):
    """Hold the lock for a moment; return what we were told."""
    told = []
    with lock.hold(tell=told.append, **options):
        pass
    return told


def is_lost(held):
    try:
        held.check()
    except LockLost:
        return True
    return False


def test_a_killed_holder_blocks_nobody_for_more_than_a_minute():
    assert lock.TTL <= lock.MAX_TTL == 60
    assert lock.WAIT > lock.MAX_TTL  # so whoever waits gets it


@pytest.mark.ring
def test_the_next_one_gets_a_lock_that_was_released_at_once(scope):
    assert take() == []
    assert take(wait=0) == []


@pytest.mark.ring
def test_a_lock_that_is_held_is_waited_for_and_its_holder_is_named(scope):
    with lock.hold(tell=print) as held:
        with pytest.raises(LockHeld, match=r"longer than 0\.3 s") as refused:
            take(wait=0.3)
        assert held.holder in str(refused.value)
        waiting = threading.Timer(0.5, held.release)
        waiting.start()
        assert take(wait=20) == [f"Waiting for {held.holder}, which holds the schema's lock."]
        waiting.join()


def test_a_holder_that_works_keeps_it_for_longer_than_it_lives(scope):
    with lock.hold(ttl=4, tell=print) as held:
        time.sleep(5)
        held.check()
        with pytest.raises(LockHeld):
            take(wait=0)


@pytest.mark.ring
def test_a_holder_that_is_gone_loses_it_and_neither_writes_nor_releases(scope, monkeypatch):
    monkeypatch.setattr(lock.Lock, "_keep", lambda self: None)  # as one that was stopped
    with lock.hold(ttl=2, tell=print) as stopped, lock.hold(wait=20, tell=print) as next_one:
        with pytest.raises(LockLost):
            stopped.check()
        with pytest.raises(LockLost):
            records.identify(holder=stopped.holder)
        stopped.release()
        with pytest.raises(LockHeld):
            take(wait=0)
        assert records.identify(holder=next_one.holder)


@pytest.mark.ring
def test_a_lock_that_somebody_else_took_is_noticed_by_the_renewal(scope):
    with lock.hold(ttl=2, tell=print) as held:
        records.execute(lock.RELEASE, scope, held.holder)
        with lock.hold(tell=print):
            wait_until(lambda: is_lost(held))


def test_a_holder_survives_a_cassandra_that_hangs_for_a_moment(scope, parts, hanging):
    with lock.hold(ttl=12, tell=print) as held:
        with hanging(parts.cassandra):
            time.sleep(4)  # one renewal, or its time-out
        wait_for_parts()
        held.check()
        assert records.identify(holder=held.holder)
