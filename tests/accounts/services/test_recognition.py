"""Who asks: sessions and people as each request sees them."""

import uuid
from datetime import timedelta
from ipaddress import ip_address

import pytest
from django.utils import timezone

from accounts.models import Session
from accounts.services.recognition import recognise
from accounts.services.sessions import end_session, end_sessions, start_session

HOME, WORK = ip_address("203.0.113.7"), ip_address("198.51.100.9")


@pytest.fixture
def session(alice):
    return start_session(person=alice, kind=Session.Kind.API, device="curl 8", address=HOME)


def ask(session, address=HOME):
    return recognise(person_id=session.person_id, session_id=session.pk, address=address, policy=None)


def test_the_person_of_a_live_session_is_recognised(session, alice):
    for _ in range(2):  # from SQL, then from Redis
        person = ask(session)
        assert person == alice
        assert (person.username, person.is_active, person.is_staff) == (alice.username, True, False)


def test_a_session_that_is_known_costs_no_sql_and_one_request_to_redis(
    session, redis_requests, django_assert_num_queries
):
    ask(session)
    redis_requests.clear()
    with django_assert_num_queries(0):
        assert ask(session).username == session.person.username
    assert redis_requests == ["EVALSHA"]


def test_fields_that_are_not_kept_in_redis_are_read_when_they_are_asked_for(session, django_assert_num_queries):
    ask(session)
    with django_assert_num_queries(1):
        assert ask(session).check_password("correct horse battery")


def test_nobody_is_recognised_by_a_session_that_is_not_theirs(session, bob):
    ask(session)
    assert recognise(person_id=bob.pk, session_id=session.pk, address=HOME, policy=None) is None
    assert recognise(person_id=session.person_id, session_id=uuid.uuid4(), address=HOME, policy=None) is None


def test_a_session_that_was_ended_is_worth_nothing_at_the_next_request(session, alice):
    ask(session)
    end_session(person=alice, session_id=session.pk)
    assert ask(session) is None
    session.refresh_from_db()
    assert session.end_reason == "ended"
    assert abs(session.ended_at - timezone.now()) < timedelta(seconds=60)


def test_ending_all_others_leaves_the_one_that_asks(session, alice):
    others = [start_session(person=alice, kind=Session.Kind.API, device="", address=None) for _ in range(2)]
    assert all(ask(one) for one in (session, *others))
    assert end_sessions(person=alice, reason=Session.End.ENDED, keep=session.pk) == 2
    assert [ask(one) for one in others] == [None, None]
    assert ask(session) == alice


@pytest.mark.parametrize("change", [{"is_active": False}, {"suspended_at": timezone.now()}], ids=str)
def test_a_person_who_may_not_act_is_not_recognised(session, alice, change):
    for field, value in change.items():
        setattr(alice, field, value)
    alice.save()
    assert ask(session) is None


def test_where_a_session_was_seen_last_is_kept_to_a_few_minutes(session):
    before = timezone.now() - timedelta(minutes=6)
    Session.objects.filter(pk=session.pk).update(last_seen_at=before)
    ask(session, WORK)
    session.refresh_from_db()
    assert session.address_prefix == "198.51.100.0/24"
    assert session.last_seen_at > before + timedelta(minutes=5)


def test_what_was_seen_a_moment_ago_is_not_written_again(session):
    seen = session.last_seen_at
    ask(session, WORK)
    session.refresh_from_db()
    assert (session.last_seen_at, session.address_prefix) == (seen, "203.0.113.0/24")
