"""Logging in."""

import secrets
from datetime import timedelta
from ipaddress import ip_address

import pytest
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import login
from accounts.services.login import log_in, log_in_program
from accounts.services.sessions import end_sessions, start_session
from chatsystem.errors import AccountSuspended, InvalidLogin, InvalidPayload, RateLimited
from tests.chatsystem.rate_limits.making import ALL
from tests.factories import PASSWORD, new_name


@pytest.mark.sql
def test_the_right_password_gives_the_person_whatever_the_case_of_the_name(alice):
    assert log_in(username=alice.username, password=PASSWORD) == alice
    assert log_in(username=alice.username.upper(), password=PASSWORD) == alice


def test_the_longest_name_and_the_longest_password_let_their_person_in(db):
    username, password = f"u{secrets.token_hex(8)}"[:16], "correct horse battery".ljust(128, "!")
    person = User.objects.create_user(username, password)
    assert log_in(username=username, password=password) == person


@pytest.mark.parametrize("password", ["", PASSWORD.upper(), f"{PASSWORD} ", "another"])
def test_another_password_is_refused(alice, password):
    with pytest.raises(InvalidLogin):
        log_in(username=alice.username, password=password)


@pytest.mark.sql
@pytest.mark.parametrize("username", ["", " ", "\n", "\u200b", "a\0b", "\ufdfa"])
def test_what_nobody_is_called_is_refused_like_an_unknown_name(db, username):
    with pytest.raises(InvalidLogin):
        log_in(username=username, password=PASSWORD)


def test_an_unknown_name_is_refused(db):
    with pytest.raises(InvalidLogin):
        log_in(username=new_name(), password=PASSWORD)


def test_an_account_that_is_not_active_is_refused(alice):
    alice.is_active = False
    alice.save()
    with pytest.raises(InvalidLogin):
        log_in(username=alice.username, password=PASSWORD)


def test_an_account_without_a_password_lets_nobody_in(alice):
    alice.set_unusable_password()
    alice.save()
    for password in ("", "!", alice.password):
        with pytest.raises(InvalidLogin):
            log_in(username=alice.username, password=password)


@pytest.mark.sql
@pytest.mark.parametrize(
    ("username", "password", "field"), [("a" * 17, PASSWORD, "username"), ("amy", "x" * 129, "password")]
)
def test_what_no_account_can_have_is_refused_before_anything_is_asked(
    db, django_assert_num_queries, username, password, field
):
    with django_assert_num_queries(0), pytest.raises(InvalidPayload) as refusal:
        log_in(username=username, password=password)
    assert [(error.field, error.code) for error in refusal.value.errors] == [(field, "too_long")]


# Limits


@pytest.fixture
def limits(settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**ALL, "login": (3, 900), "login-name": (5, 3_600), "login-address": (8, 900)}


def somewhere():
    """Return an address that no other test counts."""
    return ".".join(str(1 + secrets.randbelow(200)) for _ in range(4))


@pytest.fixture
def home():
    return somewhere()


def outcome(username, password="another", *, address):
    """Return what becomes of a try, as the API's clients see it."""
    try:
        log_in_program(username=username, password=password, address=ip_address(address), device="")
    except (AccountSuspended, InvalidLogin, RateLimited) as refusal:
        return refusal.status
    return 200


def test_failed_tries_are_counted_and_one_too_many_is_refused_before_the_password_is_looked_at(
    alice, limits, monkeypatch, home
):
    assert [outcome(alice.username, address=home) for _ in range(4)] == [401, 401, 401, 429]
    monkeypatch.setattr(login, "authenticate", None)
    assert outcome(alice.username, PASSWORD, address=home) == 429
    assert not alice.sessions.exists()


def test_log_ins_that_succeed_use_nothing_up(alice, limits, home):
    assert [outcome(alice.username, PASSWORD, address=home) for _ in range(10)] == [200] * 10
    assert [outcome(alice.username, address=home) for _ in range(4)] == [401, 401, 401, 429]


def test_an_unknown_name_is_counted_like_a_known_one(alice, limits):
    for name in (alice.username, new_name()):
        tries = [outcome(name, address=somewhere()) for _ in range(7)]
        assert tries == [401] * 5 + [429] * 2


@pytest.mark.sql
def test_a_place_is_familiar_for_90_days_after_the_person_was_seen_there(alice, limits, home):
    assert outcome(alice.username, PASSWORD, address=home) == 200
    for _ in range(5):
        outcome(alice.username, address=somewhere())
    assert outcome(alice.username, PASSWORD, address=home) == 200
    assert outcome(alice.username, PASSWORD, address=somewhere()) == 429
    alice.sessions.update(last_seen_at=timezone.now() - timedelta(days=90))
    assert outcome(alice.username, PASSWORD, address=home) == 429


def test_a_session_that_has_ended_leaves_its_place_familiar(alice, limits, home):
    assert outcome(alice.username, PASSWORD, address=home) == 200
    end_sessions(person=alice, reason=Session.End.ENDED)
    for _ in range(5):
        outcome(alice.username, address=somewhere())
    assert outcome(alice.username, PASSWORD, address=home) == 200


def test_somebody_elses_place_is_not_familiar(alice, bob, limits, home):
    assert outcome(bob.username, PASSWORD, address=home) == 200
    for _ in range(5):
        outcome(alice.username, address=somewhere())
    assert outcome(alice.username, PASSWORD, address=home) == 429


def test_whoever_has_no_address_is_nowhere_familiar(alice, limits):
    start_session(person=alice, kind=Session.Kind.API, device="", address=None)
    for _ in range(5):
        outcome(alice.username, address=somewhere())
    with pytest.raises(RateLimited):
        log_in(username=alice.username, password=PASSWORD, address=None)


@pytest.mark.sql
def test_a_suspension_is_told_to_whoever_knows_the_password_alone(alice, limits, home):
    alice.suspended_at = timezone.now()
    alice.suspended_until = timezone.now() + timedelta(days=1)
    alice.suspension_reason = "Spam."
    alice.save()
    with pytest.raises(AccountSuspended) as refusal:
        log_in(username=alice.username, password=PASSWORD)
    assert str(refusal.value) == f"This account is suspended until {alice.suspended_until:%Y-%m-%d %H:%M} UTC. Spam."
    assert outcome(alice.username, address=home) == 401
    assert not alice.sessions.exists()


def test_a_log_in_costs_two_requests_to_redis(alice, limits, redis_requests, home):
    outcome(alice.username, PASSWORD, address=home)
    redis_requests.clear()
    outcome(alice.username, PASSWORD, address=home)
    assert redis_requests == ["EVALSHA", "EVALSHA"]  # counted, given back
