"""What operators do about people."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from ipaddress import ip_address

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Session, Switches, User
from accounts.services import operators
from accounts.services.login import log_in, log_in_program
from accounts.services.operators import (
    Suspension,
    clear_limits,
    count_limits,
    end_all_sessions,
    give_reset_link,
    suspend,
    unsuspend,
)
from accounts.services.passwords import replace_password, reset_password
from accounts.services.recognition import account, recognise
from accounts.services.refreshing import refresh
from accounts.services.registration import register
from accounts.services.sessions import start_session
from accounts.services.switches import set_registration
from chatsystem.audit.chain import in_utc
from chatsystem.audit.types import Actor
from chatsystem.errors import (
    AccountSuspended,
    Forbidden,
    InvalidLogin,
    InvalidPayload,
    InvalidRefreshToken,
    LimitsUnavailable,
    RateLimited,
    RegistrationClosed,
)
from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.counters import Claim
from tests.admin import new_operator, sign_in
from tests.factories import PASSWORD, new_name
from tests.operators import OPERATOR, entries, told

HOME = ip_address("203.0.113.7")


def tomorrow():
    return timezone.now() + timedelta(days=1)


def new_session(person):
    return start_session(person=person, kind=Session.Kind.API, device="", address=None)


def seen(session):
    return recognise(person_id=session.person_id, session_id=session.pk, address=None, policy=None)


def stored(person):
    return User.objects.filter(pk=person.pk).values("suspended_at", "suspended_until", "suspension_reason").get()


NOT_SUSPENDED = {"suspended_at": None, "suspended_until": None, "suspension_reason": ""}


@pytest.mark.sql
def test_suspending_keeps_a_person_out_and_ends_their_sessions_at_the_next_request(alice, bob):
    sessions, others = [new_session(alice) for _ in range(2)], new_session(bob)
    assert all(seen(session) for session in (*sessions, others))
    until = tomorrow()
    assert suspend(person=alice, until=until, reason="  spam\n", actor=OPERATOR) == Suspension(
        replaced=False, ended_sessions=2
    )
    assert [seen(session) for session in sessions] == [None, None]
    assert seen(others) == bob
    assert set(alice.sessions.values_list("end_reason", flat=True)) == {"suspended"}
    assert stored(alice) == {
        "suspended_at": alice.suspended_at,
        "suspended_until": until,
        "suspension_reason": "spam",
    }
    assert abs(alice.suspended_at - timezone.now()) < timedelta(seconds=60)
    assert alice.is_suspended


@pytest.mark.sql
def test_suspending_again_replaces_end_and_reason(alice):
    suspend(person=alice, until=tomorrow(), reason="spam", actor=OPERATOR)
    assert suspend(person=alice, until=None, reason="more spam", actor=OPERATOR) == Suspension(
        replaced=True, ended_sessions=0
    )
    assert stored(alice) == {
        "suspended_at": alice.suspended_at,
        "suspended_until": None,
        "suspension_reason": "more spam",
    }


@pytest.mark.sql
def test_a_suspension_that_is_over_is_not_replaced(alice):
    User.objects.filter(pk=alice.pk).update(suspended_at=timezone.now(), suspended_until=timezone.now())
    assert suspend(person=alice, until=None, reason="spam", actor=OPERATOR) == Suspension(
        replaced=False, ended_sessions=0
    )


@pytest.mark.sql
def test_what_is_stored_decides_not_what_the_caller_read_before(alice):
    earlier = User.objects.get(pk=alice.pk)
    suspend(person=alice, until=None, reason="spam", actor=OPERATOR)
    assert suspend(person=earlier, until=None, reason="spam", actor=OPERATOR).replaced
    assert unsuspend(person=User.objects.get(pk=alice.pk), actor=OPERATOR)
    assert not unsuspend(person=earlier, actor=OPERATOR)


@pytest.mark.parametrize(
    ("until", "reason", "fault"),
    [
        (timedelta(0), "spam", ("until", "in_the_past", None)),
        (timedelta(days=-1), "spam", ("until", "in_the_past", None)),
        (None, "", ("reason", "blank", None)),
        (None, " \n", ("reason", "blank", None)),
        (None, "x" * 501, ("reason", "too_long", 500)),
    ],
)
def test_a_suspension_that_cannot_be_is_refused_and_nothing_changes(alice, until, reason, fault):
    session = new_session(alice)
    end = None if until is None else timezone.now() + until
    with pytest.raises(InvalidPayload) as refusal:
        suspend(person=alice, until=end, reason=reason, actor=OPERATOR)
    assert [(error.field, error.code, error.limit) for error in refusal.value.errors] == [fault]
    assert stored(alice) == NOT_SUSPENDED
    assert seen(session) == alice


@pytest.mark.sql
def test_a_reason_may_have_500_characters(alice):
    suspend(person=alice, until=None, reason="🦊" * 500, actor=OPERATOR)
    assert stored(alice)["suspension_reason"] == "🦊" * 500


def test_unsuspending_lets_a_person_in_again_but_no_session_lives_up(alice):
    session = new_session(alice)
    suspend(person=alice, until=None, reason="spam", actor=OPERATOR)
    assert unsuspend(person=alice, actor=OPERATOR)
    assert stored(alice) == NOT_SUSPENDED
    assert not alice.is_suspended
    assert seen(session) is None
    assert log_in(username=alice.username, password=PASSWORD) == alice
    assert not unsuspend(person=alice, actor=OPERATOR)


def test_whoever_knows_the_password_is_told_reason_and_end_and_nobody_else_is(alice):
    suspend(person=alice, until=datetime(2099, 12, 31, 23, 59, tzinfo=UTC), reason="spam", actor=OPERATOR)
    with pytest.raises(AccountSuspended) as refusal:
        log_in(username=alice.username, password=PASSWORD)
    assert str(refusal.value) == "This account is suspended until 2099-12-31 23:59 UTC. spam"
    with pytest.raises(InvalidLogin):
        log_in(username=alice.username, password="wrong")
    suspend(person=alice, until=None, reason="spam", actor=OPERATOR)
    with pytest.raises(AccountSuspended) as refusal:
        log_in(username=alice.username, password=PASSWORD)
    assert str(refusal.value) == "This account is suspended. spam"
    assert not alice.sessions.exists()


def test_a_suspended_person_is_given_no_new_tokens(alice):
    granted = log_in_program(username=alice.username, password=PASSWORD, address=None, device="")
    suspend(person=alice, until=None, reason="spam", actor=OPERATOR)
    with pytest.raises(InvalidRefreshToken):
        refresh(token=granted.refresh_token)
    unsuspend(person=alice, actor=OPERATOR)
    with pytest.raises(InvalidRefreshToken):
        refresh(token=granted.refresh_token)


def test_a_suspension_that_ended_by_time_lets_in_without_anybodys_doing(alice, time_machine):
    time_machine.move_to(timezone.now())
    suspend(person=alice, until=timezone.now() + timedelta(hours=1), reason="spam", actor=OPERATOR)
    time_machine.shift(timedelta(minutes=59))
    with pytest.raises(AccountSuspended):
        log_in(username=alice.username, password=PASSWORD)
    time_machine.shift(timedelta(minutes=2))
    granted = log_in_program(username=alice.username, password=PASSWORD, address=None, device="")
    assert seen(granted.session) == alice
    assert refresh(token=granted.refresh_token).person == alice


def test_a_suspended_operator_is_out_of_the_admin_at_once(db):
    operator = new_operator()
    client = sign_in(operator)
    assert client.get("/admin/").status_code == 200
    suspend(person=operator, until=None, reason="left", actor=OPERATOR)
    assert client.get("/admin/").status_code == 302


def test_ending_all_sessions_logs_out_everywhere_and_leaves_the_person_free_to_come_back(alice, bob):
    sessions, others = [new_session(alice) for _ in range(2)], new_session(bob)
    assert all(seen(session) for session in (*sessions, others))
    assert end_all_sessions(person=alice, actor=OPERATOR) == 2
    assert [seen(session) for session in sessions] == [None, None]
    assert set(alice.sessions.values_list("end_reason", flat=True)) == {"operator"}
    assert seen(others) == bob
    assert end_all_sessions(person=alice, actor=OPERATOR) == 0
    assert seen(new_session(alice)) == alice


@pytest.fixture
def limited(settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (1, 900), "send": (1, 60)}


def fail_to_log_in(person):
    with pytest.raises(InvalidLogin):
        log_in(username=person.username, password="wrong", address=HOME)


def test_clearing_limits_lets_a_person_log_in_and_act_again_and_nobody_else(limited, alice, bob):
    for person in (alice, bob):
        fail_to_log_in(person)
        counters.take(Claim(policies.SEND, account(person.pk)))
    assert clear_limits(person=alice, actor=OPERATOR) == 3  # tries by name and address, tries by name, messages
    assert log_in(username=alice.username.upper(), password=PASSWORD, address=HOME) == alice
    counters.take(Claim(policies.SEND, account(alice.pk)))
    with pytest.raises(RateLimited):
        log_in(username=bob.username, password=PASSWORD, address=HOME)
    with pytest.raises(RateLimited):
        counters.take(Claim(policies.SEND, account(bob.pk)))


def test_where_there_is_nothing_to_clear_nothing_is_said_to_be_cleared(alice):
    assert clear_limits(person=alice, actor=OPERATOR) == 0


# What the audit log says of all this


def entry(person, action, before, after, reason):
    """What the log says, in `told`'s words."""
    told = {"actor": "olga", "action": f"person.{action}", "target": person.username}
    return {**told, "before": before, "after": after, "reason": reason}


def as_stored(suspension):
    return {name: value and (in_utc(value) if isinstance(value, datetime) else value) for name, value in suspension}


@pytest.mark.sql
def test_a_suspension_and_its_end_are_told_with_what_was_before(alice):
    new_session(alice)
    until = tomorrow()
    suspend(person=alice, until=until, reason="spam", actor=OPERATOR)
    suspended = as_stored(stored(alice).items())
    assert suspended["suspended_until"] == in_utc(until)
    now = {**suspended, "ended_sessions": 1}
    assert told() == entry(alice, "suspended", NOT_SUSPENDED, now, "spam")
    unsuspend(person=alice, actor=OPERATOR, reason=" a mistake ")
    assert told() == entry(alice, "unsuspended", suspended, NOT_SUSPENDED, "a mistake")
    before = entries()
    unsuspend(person=alice, actor=OPERATOR)
    assert entries() == before


def test_other_levers_are_told(alice, limited):
    new_session(alice)
    end_all_sessions(person=alice, actor=OPERATOR, reason="stolen")
    assert told() == entry(alice, "sessions_ended", None, {"ended_sessions": 1}, "stolen")
    fail_to_log_in(alice)
    clear_limits(person=alice, actor=OPERATOR, reason="asked")
    assert told() == entry(alice, "limits_cleared", None, {"counts": 2}, "asked")
    link = give_reset_link(person=alice, actor=OPERATOR, reason="asked")
    assert told() == entry(alice, "reset_link_made", None, None, "asked")
    reset_password(token=link.rpartition("/")[2], new_password="battery staple correct")
    replace_password(person=alice, new_password=None, actor=OPERATOR)
    assert told() == entry(alice, "password_replaced", None, {"usable": False}, "")


def test_nobody_makes_a_reset_link_for_themselves(alice, bob):
    before = entries()
    with pytest.raises(Forbidden, match=r"^Your own password is changed by the old one, and not by a link\.$"):
        give_reset_link(person=alice, actor=Actor.of(alice))
    assert (entries(), alice.links.count()) == (before, 0)
    give_reset_link(person=alice, actor=Actor.of(bob))
    assert alice.links.count() == 1


@pytest.mark.sql
@pytest.mark.parametrize(
    "lever",
    [
        lambda person, reason: suspend(person=person, until=None, actor=OPERATOR, reason=reason),
        lambda person, reason: unsuspend(person=person, actor=OPERATOR, reason=reason),
        lambda person, reason: end_all_sessions(person=person, actor=OPERATOR, reason=reason),
        lambda person, reason: clear_limits(person=person, actor=OPERATOR, reason=reason),
        lambda person, reason: give_reset_link(person=person, actor=OPERATOR, reason=reason),
    ],
    ids=["suspend", "unsuspend", "end_all_sessions", "clear_limits", "give_reset_link"],
)
def test_a_reason_that_cannot_be_is_refused_and_nothing_is_done_or_told(alice, limited, lever):
    User.objects.filter(pk=alice.pk).update(suspended_at=timezone.now())
    new_session(alice)
    counters.take(Claim(policies.SEND, account(alice.pk)))
    before = entries(), stored(alice)
    with pytest.raises(InvalidPayload):
        lever(alice, "x" * 501)
    assert (entries(), stored(alice)) == before
    assert alice.sessions.filter(ended_at=None).count() == 1
    assert not alice.links.exists()
    assert count_limits(person=alice) == 1


@pytest.mark.sql
def test_what_cannot_be_told_is_not_done(alice, monkeypatch):
    session = new_session(alice)
    assert seen(session) == alice
    monkeypatch.setattr(operators, "record", lambda **_: (_ for _ in ()).throw(OperationalError))
    for lever in (suspend, end_all_sessions, give_reset_link):
        given = {"until": None} if lever is suspend else {}
        with pytest.raises(OperationalError):
            lever(person=alice, reason="spam", actor=OPERATOR, **given)
    assert stored(alice) == NOT_SUSPENDED
    assert alice.sessions.get().ended_at is None
    assert not alice.links.exists()


def test_limits_that_cannot_be_reached_are_not_said_to_be_cleared_or_none(alice, parts, dead):
    with dead(parts.valkey):
        with pytest.raises(LimitsUnavailable) as refusal:
            clear_limits(person=alice, actor=OPERATOR)
        with pytest.raises(LimitsUnavailable):
            count_limits(person=alice)
    assert entries() == 0
    assert (refusal.value.status, refusal.value.code, refusal.value.retry_after) == (503, "limits_unavailable", 5)


@pytest.mark.sql
def test_registration_is_open_until_it_is_closed_and_says_what_changed(db):
    assert register(username=new_name(), password=PASSWORD)
    assert not set_registration(is_open=True, actor=OPERATOR)
    assert set_registration(is_open=False, actor=OPERATOR)
    assert not set_registration(is_open=False, actor=OPERATOR)
    with pytest.raises(RegistrationClosed):
        register(username=new_name(), password=PASSWORD)
    assert User.objects.count() == 1
    assert set_registration(is_open=True, actor=OPERATOR)
    assert register(username=new_name(), password=PASSWORD)
    assert Switches.objects.count() == 1


def test_where_registration_is_closed_commands_and_admin_still_make_people(db):
    set_registration(is_open=False, actor=OPERATOR)
    call_command("first_operator", stdout=StringIO())
    client, username = sign_in(new_operator()), new_name()
    form = {"username": username, "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/admin/accounts/user/add/", form).status_code == 302
    assert log_in(username=username, password=PASSWORD).username == username
