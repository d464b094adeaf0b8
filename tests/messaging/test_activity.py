"""How many messages were sent lately, as Redis counts them."""

import pytest

from chatsystem.redis import connection
from chatsystem.redis.connection import redis
from messaging import activity, cache
from messaging.activity import DAY, HOUR, KEPT, SINCE, STEP, Activity, read_activity
from messaging.services.altering import edit_message
from messaging.services.sending import send_message
from messaging.store import writing

NOW = 1_000 * STEP * 1_000 + 60.0  # a fifth of a step is over


@pytest.fixture
def clock(monkeypatch):
    """Sets the time that counts are made by; nothing was counted before."""

    def at(seconds):
        monkeypatch.setattr(activity.time, "time", lambda: seconds)

    keys = redis().keys("sent:*")
    if keys:
        redis().delete(*keys)
    at(NOW)
    return at


def send(times=1):
    for _ in range(times):
        activity.forget_and_count(["inbox:nobody"])


def test_a_send_is_counted_and_an_edit_is_not(clock, alice, bob):
    message = send_message(sender=alice, recipient=bob.username, content="hello")
    edit_message(author=alice, message_id=message.id, content="changed")
    assert read_activity().hour == 1


def test_the_last_hour_and_day_are_told_and_what_is_older_is_not(clock):
    for ago, times in ((2 * STEP * DAY, 100), (STEP * (DAY - 1), 7), (STEP * HOUR * 2, 5), (STEP * 3, 2), (0, 1)):
        clock(NOW - ago)
        send(times)
    clock(NOW)
    found = read_activity()
    assert (found.hour, found.day) == (3, 15)


def test_of_the_oldest_step_counts_what_lies_within(clock):
    clock(NOW - STEP * HOUR)
    send(10)
    clock(NOW)
    assert read_activity().hour == 8  # a fifth of the step under way is over


def test_it_says_since_when(clock):
    assert read_activity() == Activity(0, 0, None)
    send()
    clock(NOW + STEP)
    send()
    assert read_activity().since.timestamp() == int(NOW)


def test_everything_that_is_kept_goes_by_itself(clock):
    send()
    assert all(0 < redis().ttl(key) <= KEPT for key in redis().keys("sent:*"))
    assert redis().exists(SINCE)


def test_reading_costs_one_request(clock, redis_requests):
    read_activity()
    assert redis_requests == ["MGET"]


def test_a_send_forgets_the_owners_pages_also_where_redis_is_full(clock, alice, bob):
    generation = cache.look_up(alice.pk, "page").generation
    cache.fill(alice.pk, "page", b"old", generation=generation)
    before = {name: redis().config_get(name)[name] for name in ("maxmemory", "maxmemory-policy")}
    redis().config_set("maxmemory-policy", "noeviction")
    redis().config_set("maxmemory", 1)
    try:
        send_message(sender=alice, recipient=bob.username, content="hello")
        assert redis().hget(f"{cache.PREFIX}{alice.pk}", "page") is None
    finally:
        for name, value in before.items():
            redis().config_set(name, value)
        connection.ping()  # ends the pause that the fills of other caches began


def test_a_send_that_failed_forgets_and_is_not_counted(clock, alice, bob, monkeypatch):
    monkeypatch.setattr(writing, "append", lambda message: 1 / 0)
    generation = cache.look_up(alice.pk, "page").generation
    cache.fill(alice.pk, "page", b"old", generation=generation)
    with pytest.raises(ZeroDivisionError):
        send_message(sender=alice, recipient=bob.username, content="hello")
    assert redis().hget(f"{cache.PREFIX}{alice.pk}", "page") is None
    assert read_activity().hour == 0


def test_while_redis_is_away_nothing_is_known_and_sending_goes_on(clock, alice, bob, parts, dead):
    with dead(parts.valkey):
        assert read_activity() is None
        send_message(sender=alice, recipient=bob.username, content="hello")
