"""The cache protocol: every race between readers, writers and Redis itself ends in a miss, never in a wrong value."""

import time
import uuid

import pytest
from django_redis import get_redis_connection

from chatsystem.redis import connection, generations
from chatsystem.redis.generations import Generations, Lookup

cache = Generations("test:")


@pytest.fixture
def owner():
    return uuid.uuid4()


@pytest.fixture
def redis():
    return get_redis_connection("default")


def key(owner):
    return f"test:{owner}"


def fill(owner, page=b"page", name="page:10"):
    """A reader who meets nobody."""
    cache.fill(owner, name, page, generation=cache.look_up(owner, name).generation)


def test_a_page_that_was_filled_is_found(owner):
    fill(owner)
    assert cache.look_up(owner, "page:10").value == b"page"
    assert cache.look_up(owner, "page:20").value is None


def test_a_writer_forgets_all_pages_of_all_owners(owner):
    other = uuid.uuid4()
    fill(owner)
    fill(owner, name="page:20")
    fill(other)
    cache.forget([owner, other])
    assert cache.look_up(owner, "page:10").value is None
    assert cache.look_up(owner, "page:20").value is None
    assert cache.look_up(other, "page:10").value is None


def test_a_reader_who_was_overtaken_by_a_writer_stores_nothing(owner):
    reader = cache.look_up(owner, "page:10")
    cache.forget([owner])
    cache.fill(owner, "page:10", b"old", generation=reader.generation)
    assert cache.look_up(owner, "page:10").value is None


def test_a_reader_who_was_overtaken_by_a_writer_and_another_reader_stores_nothing(owner):
    slow = cache.look_up(owner, "page:10")
    cache.forget([owner])
    quick = cache.look_up(owner, "page:10")
    cache.fill(owner, "page:10", b"old", generation=slow.generation)
    assert cache.look_up(owner, "page:10").value is None
    cache.fill(owner, "page:10", b"new", generation=quick.generation)
    cache.fill(owner, "page:10", b"old", generation=slow.generation)
    assert cache.look_up(owner, "page:10").value == b"new"


def test_two_readers_at_once_share_a_generation_and_both_may_fill(owner):
    one, other = cache.look_up(owner, "page:10"), cache.look_up(owner, "page:10")
    assert one.generation == other.generation
    cache.fill(owner, "page:10", b"one", generation=one.generation)
    cache.fill(owner, "page:10", b"other", generation=other.generation)
    assert cache.look_up(owner, "page:10").value == b"other"


def test_a_key_that_was_evicted_during_a_fill_takes_no_page(owner, redis):
    reader = cache.look_up(owner, "page:10")
    redis.delete(key(owner))
    cache.fill(owner, "page:10", b"old", generation=reader.generation)
    assert redis.exists(key(owner)) == 0


def test_a_key_that_expired_during_a_fill_takes_no_page(owner, redis, monkeypatch):
    monkeypatch.setattr(generations, "TTL", 1)
    reader = cache.look_up(owner, "page:10")
    while redis.exists(key(owner)):
        time.sleep(0.02)
    cache.fill(owner, "page:10", b"old", generation=reader.generation)
    assert redis.exists(key(owner)) == 0


def test_a_redis_that_restarted_during_a_fill_takes_no_page(owner, redis, parts, dead):
    reader = cache.look_up(owner, "page:10")
    with dead(parts.valkey):
        pass
    cache.fill(owner, "page:10", b"old", generation=reader.generation)
    assert redis.exists(key(owner)) == 0


def test_a_key_lives_60_seconds_from_its_making_and_no_fill_prolongs_it(owner, redis):
    reader = cache.look_up(owner, "page:10")
    assert 59_000 < redis.pttl(key(owner)) <= 60_000
    redis.pexpire(key(owner), 5_000)  # as if 55 s had passed
    cache.fill(owner, "page:10", b"page", generation=reader.generation)
    cache.look_up(owner, "page:20")
    fill(owner, name="page:20")
    assert 0 < redis.pttl(key(owner)) <= 5_000


def test_a_hit_costs_one_request_and_a_miss_two_or_three(owner, redis_requests):
    fill(uuid.uuid4())  # has Redis know the scripts
    redis_requests.clear()
    fill(owner)
    assert redis_requests == ["HMGET", "EVALSHA", "EVALSHA"]
    redis_requests.clear()
    cache.look_up(owner, "page:10")
    assert redis_requests == ["HMGET"]
    redis_requests.clear()
    fill(owner, name="page:20")
    assert redis_requests == ["HMGET", "EVALSHA"]
    redis_requests.clear()
    cache.forget([owner, uuid.uuid4()])
    assert redis_requests == ["UNLINK"]


def test_an_unreachable_redis_is_a_miss_that_stores_nothing(owner, parts, dead):
    fill(owner)
    with dead(parts.valkey):
        assert cache.look_up(owner, "page:10") == Lookup(None, None)
        cache.fill(owner, "page:10", b"page", generation=None)
        cache.forget([owner])


def test_a_hanging_redis_costs_readers_one_time_out_and_not_one_a_request(owner, parts, hanging, redis_requests):
    with hanging(parts.valkey):
        redis_requests.clear()
        for _ in range(5):
            assert cache.look_up(owner, "page:10") == Lookup(None, None)
        assert redis_requests == ["HMGET"]


def test_writers_tell_redis_always_even_while_readers_spare_it(owner, parts, hanging, redis_requests):
    with hanging(parts.valkey):
        cache.look_up(owner, "page:10")
        redis_requests.clear()
        cache.forget([owner])
        cache.forget([owner])
        assert redis_requests == ["UNLINK", "UNLINK"]


def test_readers_ask_again_after_a_second(owner, parts, hanging, redis_requests, monkeypatch):
    monkeypatch.setattr(connection, "PAUSE", 0.2)
    with hanging(parts.valkey):
        cache.look_up(owner, "page:10")
    redis_requests.clear()
    time.sleep(0.2)
    fill(owner)
    assert cache.look_up(owner, "page:10").value == b"page"


def test_a_redis_that_has_forgotten_the_scripts_is_told_them_again(owner, redis):
    redis.script_flush()
    fill(owner)
    assert cache.look_up(owner, "page:10").value == b"page"
