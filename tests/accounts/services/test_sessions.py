"""Starting, listing and ending log-ins."""

import uuid
from datetime import timedelta
from ipaddress import ip_address

import pytest
from django.utils import timezone

from accounts.models import Session
from accounts.services import sessions
from accounts.services.sessions import close_session, end_session, end_sessions, list_sessions, start_session
from chatsystem.errors import SessionNotFound

pytestmark = pytest.mark.sql


def start(person, **options):
    return start_session(person=person, **{"kind": Session.Kind.API, "device": "", "address": None, **options})


def seen(session, ago):
    Session.objects.filter(pk=session.pk).update(last_seen_at=timezone.now() - ago)


def test_a_session_keeps_a_part_of_the_address_and_when_the_person_came(alice):
    session = start(alice, device="curl 8.5.0", address=ip_address("2001:db8:1:2::3"))
    assert (session.device, session.address_prefix) == ("curl 8.5.0", "2001:db8:1::/48")
    alice.refresh_from_db()
    assert timezone.now() - alice.last_login < timedelta(seconds=60)
    assert start(alice).address_prefix == ""


def test_the_one_that_was_seen_last_comes_first_and_those_that_are_over_are_not_listed(alice, bob):
    ended, idle, old, new = (start(alice) for _ in range(4))
    start(bob)
    end_session(person=alice, session_id=ended.pk)
    seen(idle, timedelta(days=30))
    seen(old, timedelta(days=29))
    assert list_sessions(person=alice) == [new, old]


def test_a_list_has_a_bound(alice, monkeypatch):
    monkeypatch.setattr(sessions, "MAX_LISTED_SESSIONS", 2)
    first, second, third = (start(alice) for _ in range(3))
    seen(second, timedelta(hours=1))
    assert list_sessions(person=alice) == [third, first]
    assert end_sessions(person=alice, reason=Session.End.ENDED) == 3


def test_nobody_ends_somebody_elses_session_nor_one_twice(alice, bob):
    session = start(alice)
    for person, session_id in ((bob, session.pk), (alice, uuid.uuid4())):
        with pytest.raises(SessionNotFound):
            end_session(person=person, session_id=session_id)
    assert list_sessions(person=alice) == [session]
    end_session(person=alice, session_id=session.pk)
    with pytest.raises(SessionNotFound):
        end_session(person=alice, session_id=session.pk)


def test_why_and_when_it_ended_first_is_kept(alice):
    session = start(alice)
    assert close_session(alice, session.pk, Session.End.LOGGED_OUT)
    session.refresh_from_db()
    ended_at = session.ended_at
    assert not close_session(alice, session.pk, Session.End.TOKEN_REUSED)
    assert end_sessions(person=alice, reason=Session.End.OPERATOR) == 0
    session.refresh_from_db()
    assert (session.end_reason, session.ended_at) == ("logged_out", ended_at)


def test_ending_all_but_one_keeps_that_one_and_everybody_elses(alice, bob):
    kept, *_ = (start(alice) for _ in range(3))
    other = start(bob)
    assert end_sessions(person=alice, reason=Session.End.PASSWORD_CHANGED, keep=kept.pk) == 2
    assert list_sessions(person=alice) == [kept]
    assert list_sessions(person=bob) == [other]
    assert set(alice.sessions.exclude(pk=kept.pk).values_list("end_reason", flat=True)) == {"password_changed"}


def test_a_session_says_of_itself_what_the_list_says(alice):
    for ago in (timedelta(0), timedelta(days=29), timedelta(days=30), timedelta(days=31)):
        session = start(alice)
        seen(session, ago)
        session.refresh_from_db()
        assert session.is_live == (session in list_sessions(person=alice))
    end_sessions(person=alice, reason=Session.End.ENDED)
    assert not any(session.is_live for session in alice.sessions.all())
