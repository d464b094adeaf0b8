"""What callers are told of limits."""

import re

import pytest
from django.http import HttpResponse

from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.headers import RateLimitHeaders
from tests.chatsystem.rate_limits.making import claim


def answer(*actions):
    """Return the headers of a request during which `actions` happen."""

    def view(request):
        for action in actions:
            action()
        return HttpResponse()

    response = RateLimitHeaders(view)(None)
    return response.get("RateLimit-Policy"), response.get("RateLimit")


def test_a_request_that_is_counted_is_told_the_policy_and_what_is_left(limits):
    limits(send=(120, 60))
    policy, left = answer(lambda: counters.take(claim()))
    assert policy == '"send";q=120;w=60'
    assert re.fullmatch(r'"send";r=119;t=(59|60)', left)


def test_several_policies_stand_with_commas_between(limits):
    limits()
    policy, left = answer(lambda: counters.take(claim(policies.LOGIN), claim(policies.LOGIN_ADDRESS)))
    assert policy == '"login";q=10;w=900, "login-address";q=100;w=900'
    assert re.fullmatch(r'"login";r=9;t=(899|900), "login-address";r=99;t=(899|900)', left)


def test_what_is_given_back_is_told_as_given_back(limits):
    limits()
    one = claim(policies.LOGIN)
    _, left = answer(lambda: counters.take(one), lambda: counters.give_back(one))
    assert re.fullmatch(r'"login";r=10;t=(899|900)', left)


def test_whether_a_name_is_counted_from_all_addresses_is_not_told(limits):
    limits()
    policy, left = answer(lambda: counters.take(claim(policies.LOGIN), claim(policies.LOGIN_NAME)))
    assert policy == '"login";q=10;w=900'
    assert "login-name" not in left


@pytest.mark.parametrize("enabled", [True, False])
def test_a_request_that_is_not_counted_has_neither_header(settings, enabled):
    settings.RATE_LIMITS_ENABLED = enabled
    assert answer() == (None, None)
    if not enabled:
        assert answer(lambda: counters.take(claim())) == (None, None)


def test_nothing_is_told_of_the_request_before(limits):
    limits()
    answer(lambda: counters.take(claim()))
    counters.take(claim())
    assert answer() == (None, None)


def test_after_a_request_nothing_is_noted_for_it_any_more(limits):
    limits()
    answer(lambda: counters.take(claim()))
    assert counters.standings.get() is None
