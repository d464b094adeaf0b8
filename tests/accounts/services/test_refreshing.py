"""Refresh tokens: one use, one repetition for a lost answer, and the end of a family that is in two hands."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import RefreshToken, Session
from accounts.services import refreshing
from accounts.services.login import log_in_program
from accounts.services.refreshing import refresh
from accounts.services.sessions import end_session
from chatsystem.errors import InvalidRefreshToken, RateLimited
from chatsystem.rate_limits import counters
from tests.chatsystem.rate_limits.making import ALL
from tests.factories import PASSWORD

pytestmark = pytest.mark.sql


@pytest.fixture
def granted(alice):
    return log_in_program(username=alice.username, password=PASSWORD, address=None, device="curl 8.5.0")


def is_refused(token):
    try:
        refresh(token=token)
    except InvalidRefreshToken:
        return True
    return False


def age(session, by):
    """Have all that was done with the session's tokens be done that much earlier."""
    for token in session.refresh_tokens.all():
        token.expires_at -= by
        token.used_at = token.used_at and token.used_at - by
        token.save()


def state(session):
    """Return why the session ended, if it did, and how many of its tokens can still be used."""
    session.refresh_from_db()
    return session.end_reason, session.refresh_tokens.filter(used_at=None, expires_at__gt=timezone.now()).count()


def test_a_token_is_256_bits_of_chance_and_kept_as_a_hash_for_30_days(granted):
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", granted.refresh_token)
    (kept,) = granted.session.refresh_tokens.all()
    assert granted.refresh_token not in str(vars(kept))
    assert re.fullmatch(r"[0-9a-f]{64}", kept.digest)
    assert timedelta(days=29, hours=23) < kept.expires_at - timezone.now() <= timedelta(days=30)


def test_a_successor_looks_like_any_other_and_comes_with_the_same_person_and_session(granted, alice):
    next_one = refresh(token=granted.refresh_token)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", next_one.refresh_token)
    assert (next_one.person, next_one.session) == (alice, granted.session)
    assert state(granted.session) == ("", 1)


def test_a_successor_cannot_be_derived_without_our_key(granted, settings):
    ours = refreshing._successor(granted.refresh_token)
    settings.SECRET_KEY = "another"
    assert refreshing._successor(granted.refresh_token) != ours


@pytest.mark.parametrize(("seconds", "refused"), [(0, False), (25, False), (31, True), (86_400, True)])
def test_a_lost_answer_can_be_asked_for_again_within_30_seconds(granted, seconds, refused):
    successor = refresh(token=granted.refresh_token).refresh_token
    age(granted.session, timedelta(seconds=seconds))
    assert is_refused(granted.refresh_token) is refused
    assert state(granted.session) == (("token_reused", 1) if refused else ("", 1))
    assert is_refused(successor) is refused


def test_a_third_try_is_refused_and_ends_nothing(granted):
    refresh(token=granted.refresh_token)
    refresh(token=granted.refresh_token)
    assert is_refused(granted.refresh_token)
    assert state(granted.session) == ("", 1)


def test_a_token_whose_successor_was_used_ends_the_session(granted):
    second = refresh(token=granted.refresh_token).refresh_token
    refresh(token=second)
    assert is_refused(granted.refresh_token)
    assert state(granted.session)[0] == "token_reused"


def test_a_repetition_after_the_successor_was_used_is_none(granted):
    """Also within the 30 s: whoever used the successor had the answer, so the other is somebody else."""
    refresh(token=refresh(token=granted.refresh_token).refresh_token)
    assert is_refused(granted.refresh_token)
    assert state(granted.session)[0] == "token_reused"


def test_a_token_that_expired_is_refused_and_ends_nothing(granted):
    age(granted.session, timedelta(days=30))
    assert is_refused(granted.refresh_token)
    assert state(granted.session) == ("", 0)


def test_refreshing_keeps_a_session_from_getting_old(granted):
    long_ago = timezone.now() - timedelta(days=29)
    Session.objects.filter(pk=granted.session.pk).update(last_seen_at=long_ago)
    refresh(token=granted.refresh_token)
    granted.session.refresh_from_db()
    assert timezone.now() - granted.session.last_seen_at < timedelta(seconds=60)


def test_a_session_that_nobody_used_for_a_month_cannot_be_refreshed(granted):
    Session.objects.filter(pk=granted.session.pk).update(last_seen_at=timezone.now() - timedelta(days=30))
    assert is_refused(granted.refresh_token)


def test_tokens_that_expired_are_not_kept(granted):
    second = refresh(token=granted.refresh_token).refresh_token
    first = granted.session.refresh_tokens.exclude(used_at=None)
    first.update(expires_at=timezone.now() - timedelta(seconds=1))
    refresh(token=second)
    assert granted.session.refresh_tokens.count() == 2


@pytest.mark.parametrize("change", [{"is_active": False}, {"suspended_at": timezone.now()}], ids=" ".join)
def test_whoever_may_not_act_cannot_refresh_and_the_token_is_not_used_up(granted, alice, change):
    for field, value in change.items():
        setattr(alice, field, value)
    alice.save()
    assert is_refused(granted.refresh_token)
    alice.is_active, alice.suspended_at = True, None
    alice.save()
    assert not is_refused(granted.refresh_token)


def test_a_session_that_has_ended_cannot_be_refreshed(granted, alice):
    end_session(person=alice, session_id=granted.session.pk)
    assert is_refused(granted.refresh_token)


def test_a_session_that_ends_half_way_through_a_refresh_gives_nothing(granted, alice, monkeypatch):
    use = refreshing._use

    def end_first(*arguments):
        end_session(person=alice, session_id=granted.session.pk)
        return use(*arguments)

    monkeypatch.setattr(refreshing, "_use", end_first)
    assert is_refused(granted.refresh_token)
    assert granted.session.refresh_tokens.count() == 1


def test_the_token_of_somebody_who_was_deleted_is_refused(granted, alice):
    alice.delete()
    assert is_refused(granted.refresh_token)
    assert not RefreshToken.objects.filter(digest=refreshing._digest(granted.refresh_token)).exists()


def test_a_refresh_that_is_one_too_many_leaves_the_token_as_good_as_before(granted, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**ALL, "change": (1, 600)}
    second = refresh(token=granted.refresh_token).refresh_token
    with pytest.raises(RateLimited) as refusal:
        refresh(token=second)
    assert 590 < refusal.value.retry_after <= 600
    assert state(granted.session) == ("", 1)
    counters.clear([f"account:{granted.person.pk}"])
    assert not is_refused(second)


def test_what_is_no_token_uses_up_nobodys_count(db, settings, redis_requests):
    settings.RATE_LIMITS_ENABLED = True
    assert is_refused("x" * 43)
    assert redis_requests == []
