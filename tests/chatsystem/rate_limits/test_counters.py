"""Counting against policies in Redis: exact, in one step."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chatsystem.errors import RateLimited
from chatsystem.rate_limits import counters, policies
from chatsystem.redis import connection
from tests.chatsystem.rate_limits.making import claim, is_taken, left


@pytest.fixture(autouse=True)
def _on(limits):
    limits(send=(3, 60), read=(5, 60), login=(2, 900))


def test_a_quota_is_let_through_and_no_more():
    one = claim()
    assert [is_taken(one) for _ in range(5)] == [True, True, True, False, False]


def test_of_many_at_once_exactly_the_quota_is_let_through():
    one = claim()
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: is_taken(one), range(80))) == 3


def test_subjects_policies_and_details_are_counted_apart():
    one = claim()
    others = [claim(), claim(policies.LOGIN, one.subject), claim(policies.SEND, one.subject, "detail")]
    for _ in range(3):
        counters.take(one)
    assert left(one, *others) == [0, 3, 2, 3]


def test_where_one_claim_is_used_up_the_others_are_not_counted_either():
    narrow, wide = claim(policies.LOGIN), claim(policies.READ)
    for _ in range(4):
        is_taken(narrow, wide)
    assert left(narrow, wide) == [0, 3]


def test_a_refusal_says_what_is_too_many_and_when_it_is_worth_another_try():
    one = claim()
    for _ in range(3):
        counters.take(one)
    with pytest.raises(RateLimited) as refusal:
        counters.take(one)
    seconds = refusal.value.retry_after
    assert 58 <= seconds <= 60
    assert str(refusal.value) == f"Too many messages sent. Try again in {seconds} s."


def test_of_two_that_are_used_up_the_later_end_is_told():
    short, long = claim(policies.SEND), claim(policies.LOGIN)
    counters.take(short)
    for _ in range(2):
        counters.take(short, long)
    with pytest.raises(RateLimited) as refusal:
        counters.take(short, long)
    assert 890 < refusal.value.retry_after <= 900


def test_a_window_begins_with_its_first_request_and_nothing_prolongs_it(limits):
    limits(send=(2, 1))
    one = claim()
    counters.take(one)
    time.sleep(0.6)
    counters.take(one)
    assert not is_taken(one)
    time.sleep(0.5)  # 1.1 s after the first
    assert is_taken(one)
    assert left(one) == [1]


def test_what_is_given_back_can_be_taken_again_but_never_makes_more_of_a_quota():
    one = claim()
    counters.take(one)
    counters.give_back(one)
    counters.give_back(one)
    assert left(one) == [3]
    assert [is_taken(one) for _ in range(4)] == [True, True, True, False]


def test_looking_counts_nothing_and_tells_quota_window_and_the_seconds_left():
    one = claim()
    counters.take(one)
    for _ in range(5):
        (standing,) = counters.look_at([one])
    assert (standing.quota, standing.window, standing.remaining) == (3, 60, 2)
    assert 58 <= standing.reset <= 60
    (fresh,) = counters.look_at([claim()])
    assert (fresh.remaining, fresh.reset) == (3, 0)


def test_a_quota_that_was_made_smaller_counts_at_once(limits):
    one = claim()
    for _ in range(3):
        counters.take(one)
    limits(send=(2, 60))
    assert left(one) == [0]
    assert not is_taken(one)


def test_any_number_of_claims_costs_one_request_to_redis(redis_requests):
    claims = [claim(), claim(policies.READ), claim(policies.LOGIN)]
    counters.take(*claims)
    counters.give_back(*claims)
    counters.look_at(claims)
    redis_requests.clear()
    counters.take(*claims)
    counters.give_back(*claims)
    counters.look_at(claims)
    assert redis_requests == ["EVALSHA"] * 3


def test_nothing_is_counted_and_nobody_asked_where_limits_are_off(settings, redis_requests):
    settings.RATE_LIMITS_ENABLED = False
    one = claim()
    assert all(is_taken(one) for _ in range(10))
    counters.give_back(one)
    assert redis_requests == []


def test_counts_of_a_subject_are_cleared_whatever_their_policy_and_detail():
    one, other = claim(), claim()
    same = [one, claim(policies.LOGIN, one.subject, "203.0.113.7/32"), claim(policies.READ, one.subject)]
    counters.take(*same)
    counters.take(other)
    assert counters.clear([one.subject]) == 3
    assert left(*same, other) == [3, 2, 5, 2]


def test_every_count_is_gone_by_itself_with_its_window():
    one = claim()
    counters.take(one)
    assert 59_000 < connection.redis().pttl(one.key) <= 60_000


@pytest.mark.parametrize("name", ["", "a\r\nSET x y", "*", "x" * 10_000, "\0", "名前", "\u202e"])
def test_a_subject_of_any_text_is_short_and_plain(name):
    subject = counters.subject("name", name)
    assert len(subject) == 37
    assert subject.isascii()
    assert subject.replace(":", "").isalnum()


# Redis is away


def test_without_redis_the_process_counts_by_itself_and_is_exact(parts, dead):
    one = claim()
    with dead(parts.valkey):
        assert [is_taken(one) for _ in range(5)] == [True, True, True, False, False]
        with ThreadPoolExecutor(8) as pool:
            other = claim()
            assert sum(pool.map(lambda _: is_taken(other), range(40))) == 3


def test_without_redis_the_process_counts_on_from_what_it_last_heard(parts, dead):
    fresh, begun, used_up = claim(), claim(), claim()
    counters.take(begun)
    for _ in range(3):
        counters.take(used_up)
    with dead(parts.valkey):
        assert left(fresh, begun, used_up) == [3, 2, 0]
        assert [sum(is_taken(one) for _ in range(5)) for one in (fresh, begun, used_up)] == [3, 2, 0]


def test_a_hanging_redis_costs_one_time_out_and_lets_nobody_through_without_limit(
    parts, hanging, redis_requests, monkeypatch
):
    one = claim()
    monkeypatch.setattr(connection, "PAUSE", 60)
    with hanging(parts.valkey):
        redis_requests.clear()
        assert sum(is_taken(one) for _ in range(50)) == 3
        assert redis_requests == ["EVALSHA"]


def test_when_redis_is_back_it_counts_again(parts, dead):
    one = claim()
    with dead(parts.valkey):
        assert sum(is_taken(one) for _ in range(5)) == 3
    assert sum(is_taken(one) for _ in range(5)) == 3
    assert connection.redis().get(one.key) == b"3"


def test_what_was_counted_without_redis_is_given_back_after_it_has_returned(parts, dead):
    one = claim()
    with dead(parts.valkey):
        counters.take(one)
    counters.give_back(one)
    assert left(one) == [3]
    with dead(parts.valkey):
        assert left(one) == [3]


def test_without_redis_the_process_gives_back_what_it_counted_by_itself(parts, dead):
    one = claim()
    with dead(parts.valkey):
        assert [is_taken(one) for _ in range(4)] == [True, True, True, False]
        counters.give_back(one)
        assert left(one) == [1]
        assert [is_taken(one) for _ in range(2)] == [True, False]
