"""What is kept of log-ins and links, and for how long."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as BrowserState
from django.utils import timezone

from accounts.models import Link, RefreshToken, Session
from accounts.services import housekeeping
from accounts.services.housekeeping import (
    forget_browsers,
    forget_links,
    forget_refresh_tokens,
    forget_sessions,
)
from accounts.services.refreshing import grant, refresh
from accounts.services.sessions import start_session
from chatsystem.errors import InvalidRefreshToken

pytestmark = pytest.mark.sql

HOUR = timedelta(hours=1)
KEPT = timedelta(days=90)


def session(person, **changes):
    made = start_session(person=person, kind=Session.Kind.API, device="", address=None)
    Session.objects.filter(pk=made.pk).update(**changes)
    return made


def test_sessions_are_forgotten_90_days_after_their_end_or_their_last_use(alice):
    now = timezone.now()
    kept = {
        session(alice),
        session(alice, ended_at=now),
        session(alice, last_seen_at=now - 60 * timedelta(days=1)),  # over, but its place is still the owner's
        session(alice, last_seen_at=now - KEPT + HOUR),
        session(alice, last_seen_at=now - KEPT - HOUR, ended_at=now - KEPT + HOUR),
        session(alice, last_seen_at=now - KEPT + HOUR, ended_at=now - KEPT + HOUR),
    }
    session(alice, last_seen_at=now - KEPT - HOUR)
    grant(session(alice, last_seen_at=now - KEPT - HOUR, ended_at=now - KEPT - HOUR))
    assert (forget_sessions(), forget_sessions()) == (2, 0)
    assert set(Session.objects.all()) == kept
    assert not RefreshToken.objects.exists()


def test_links_are_forgotten_once_they_are_used_or_have_expired(alice):
    now = timezone.now()
    for digest, used, expires in (("a", None, HOUR), ("b", now, HOUR), ("c", None, -HOUR), ("d", now, -HOUR)):
        Link.objects.create(
            person=alice, purpose="reset_password", digest=digest, used_at=used, expires_at=now + expires
        )
    assert (forget_links(), forget_links()) == (3, 0)
    assert Link.objects.get().digest == "a"


def test_used_refresh_tokens_stay_until_they_expire_so_that_a_stolen_one_is_known(alice):
    first = grant(start_session(person=alice, kind=Session.Kind.API, device="", address=None))
    second = refresh(token=first.refresh_token)
    refresh(token=second.refresh_token)
    assert forget_refresh_tokens() == 0
    with pytest.raises(InvalidRefreshToken):
        refresh(token=first.refresh_token)
    assert Session.objects.get().end_reason == "token_reused"
    RefreshToken.objects.update(expires_at=timezone.now() - HOUR)
    assert (forget_refresh_tokens(), RefreshToken.objects.count()) == (3, 0)


def test_browsers_whose_cookies_have_expired_are_forgotten(db):
    now = timezone.now()
    for key, expires in (("a", -HOUR), ("b", HOUR)):
        BrowserState.objects.create(session_key=key, session_data="", expire_date=now + expires)
    assert (forget_browsers(), BrowserState.objects.get().session_key) == (1, "b")


def test_no_call_deletes_more_than_a_bounded_number(alice, monkeypatch):
    monkeypatch.setattr(housekeeping, "AT_ONCE", 2)
    for number in range(3):
        Link.objects.create(
            person=alice, purpose="reset_password", digest=str(number), expires_at=timezone.now() - HOUR
        )
    assert [forget_links() for _ in range(3)] == [2, 1, 0]
