"""Who asks: sessions and people as each request sees them."""

import time
import uuid
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import recognition
from accounts.services.changes import person_changed
from accounts.services.recognition import forget, recognise
from accounts.services.sessions import end_session, end_sessions, start_session
from chatsystem.errors import RateLimited
from chatsystem.rate_limits import policies
from chatsystem.redis import connection
from tests.chatsystem.rate_limits.making import ALL

HOME, WORK = ip_address("203.0.113.7"), ip_address("198.51.100.9")


@pytest.fixture
def session(alice):
    return start_session(person=alice, kind=Session.Kind.API, device="curl 8", address=HOME)


def ask(session, address=HOME):
    return recognise(person_id=session.person_id, session_id=session.pk, address=address, policy=None)


@pytest.mark.sql
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


@pytest.mark.sql
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


@pytest.mark.parametrize("change", [{"is_active": False}, {"suspended_at": timezone.now()}], ids=" ".join)
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


# Who is not recognised any more


@pytest.mark.sql
def test_a_session_that_nobody_used_for_a_month_is_over(session, alice):
    Session.objects.filter(pk=session.pk).update(last_seen_at=timezone.now() - timedelta(days=29, hours=23))
    assert ask(session) == alice
    Session.objects.filter(pk=session.pk).update(last_seen_at=timezone.now() - timedelta(days=30))
    forget([alice.pk])
    assert ask(session) is None


@pytest.mark.sql
def test_a_suspension_that_is_over_lets_the_person_in_again_by_itself(session, alice):
    alice.suspended_at, alice.suspended_until = timezone.now(), timezone.now() + timedelta(hours=1)
    alice.save()
    assert ask(session) is None
    User.objects.filter(pk=alice.pk).update(suspended_until=timezone.now())
    assert ask(session) == alice  # a no is never kept


def test_a_person_who_was_deleted_is_nobody_at_the_next_request(session, alice):
    assert ask(session) == alice
    person_id = alice.pk
    alice.delete()
    assert recognise(person_id=person_id, session_id=session.pk, address=HOME, policy=None) is None


def test_what_changes_of_a_person_is_seen_at_the_next_request(session, alice):
    assert not ask(session).is_staff
    alice.is_staff = True
    alice.save()
    assert ask(session).is_staff
    User.objects.filter(pk=alice.pk).update(display_name="Alice")
    person_changed(alice)
    assert ask(session).display_name == "Alice"


@pytest.mark.sql
def test_a_transaction_that_is_rolled_back_ends_nothing(session, alice):
    with suppress(RuntimeError), transaction.atomic():
        end_session(person=alice, session_id=session.pk)
        raise RuntimeError
    assert ask(session) == alice


def test_replicas_of_two_versions_do_not_read_each_others_states(session, alice, monkeypatch):
    ask(session)
    monkeypatch.setattr(recognition, "KNOWN", (*recognition.KNOWN, "email"))
    monkeypatch.setattr(recognition, "FORM", b"other")
    for _ in range(2):
        assert ask(session).email == ""
    end_session(person=alice, session_id=session.pk)
    assert ask(session) is None
    monkeypatch.undo()
    assert ask(session) is None


# Redis


def test_a_state_that_is_lost_is_read_again(session, alice):
    ask(session)
    assert connection.redis().delete(f"sessions:{alice.pk}") == 1
    assert ask(session) == alice
    assert connection.redis().exists(f"sessions:{alice.pk}")


def test_a_state_is_gone_after_60_seconds_however_often_it_is_asked_for(session, alice):
    ask(session)
    connection.redis().pexpire(f"sessions:{alice.pk}", 5_000)  # as if 55 s had passed
    for _ in range(3):
        ask(session)
    other = start_session(person=alice, kind=Session.Kind.API, device="", address=None)
    ask(other)
    assert 0 < connection.redis().pttl(f"sessions:{alice.pk}") <= 5_000


def test_a_slow_reader_does_not_bring_back_a_session_that_was_ended_meanwhile(session, alice, monkeypatch):
    note_seen = recognition._note_seen
    fill = recognition._states.fill

    def end_first(*arguments, **options):
        end_session(person=alice, session_id=session.pk)
        fill(*arguments, **options)

    monkeypatch.setattr(recognition._states, "fill", end_first)
    monkeypatch.setattr(recognition, "_note_seen", note_seen)
    ask(session)  # had read it before it was ended
    monkeypatch.undo()
    assert ask(session) is None


def test_without_redis_sql_is_asked_each_time(session, alice, parts, dead, django_assert_num_queries):
    ask(session)
    with dead(parts.valkey):
        for _ in range(2):
            with django_assert_num_queries(1):
                assert ask(session) == alice
        end_session(person=alice, session_id=session.pk)
        assert ask(session) is None
    assert ask(session) is None


def test_a_hanging_redis_costs_one_time_out_and_not_one_a_request(
    session, alice, parts, hanging, redis_requests, monkeypatch
):
    ask(session)
    monkeypatch.setattr(connection, "PAUSE", 60)
    with hanging(parts.valkey):
        redis_requests.clear()
        assert [ask(session) for _ in range(20)] == [alice] * 20
        assert redis_requests == ["EVALSHA"]
        end_session(person=alice, session_id=session.pk)
        assert ask(session) is None


def test_a_redis_that_could_not_be_told_of_an_end_is_wrong_for_60_seconds_at_most(session, alice, monkeypatch):
    ask(session)
    monkeypatch.setattr(recognition, "forget", lambda person_ids: None)  # Redis fails just between the two
    end_session(person=alice, session_id=session.pk)
    assert ask(session) == alice  # wrong
    assert connection.redis().pttl(f"sessions:{alice.pk}") <= 60_000
    connection.redis().pexpire(f"sessions:{alice.pk}", 1)
    time.sleep(0.01)
    assert ask(session) is None


# Counting


@pytest.fixture
def limits(settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**ALL, "read": (3, 60)}


def count(session):
    try:
        return recognise(person_id=session.person_id, session_id=session.pk, address=HOME, policy=policies.READ)
    except RateLimited:
        return "too many"


def test_requests_are_counted_once_each_whether_or_not_redis_knows_the_session(session, alice, limits):
    assert [count(session), count(session)] == [alice, alice]
    forget([alice.pk])
    assert [count(session), count(session), count(session)] == [alice, "too many", "too many"]


def test_knowing_and_counting_are_one_request_to_redis(session, limits, redis_requests, django_assert_num_queries):
    count(session)
    redis_requests.clear()
    with django_assert_num_queries(0):
        count(session)
    assert redis_requests == ["EVALSHA"]


def test_nothing_is_counted_for_a_session_that_is_not_live(session, alice, limits):
    count(session)
    forged = Session(pk=uuid.uuid4(), person=alice)
    end_session(person=alice, session_id=session.pk)
    assert [count(one) for one in (session, forged) * 5] == [None] * 10
    fresh = start_session(person=alice, kind=Session.Kind.API, device="", address=None)
    assert [count(fresh), count(fresh), count(fresh)] == [alice, alice, "too many"]


def test_without_redis_it_is_counted_all_the_same(session, alice, limits, parts, dead):
    with dead(parts.valkey):
        assert [count(session) for _ in range(5)] == [alice] * 3 + ["too many"] * 2
