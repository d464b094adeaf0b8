"""Accounts that operators make, rename, close and open again."""

import pytest
from django.db import OperationalError

from accounts.models import Session, User
from accounts.services import by_hand, passwords
from accounts.services.by_hand import Change, add_person, change_person
from accounts.services.login import log_in, log_in_program
from accounts.services.passwords import replace_password
from accounts.services.recognition import recognise
from accounts.services.refreshing import refresh
from accounts.services.sessions import start_session
from chatsystem.errors import InvalidLogin, InvalidPayload, InvalidRefreshToken, UsernameTaken
from tests.factories import PASSWORD, new_name
from tests.operators import OPERATOR, entries, told

pytestmark = pytest.mark.sql


def entry(action, name, before, after, reason=""):
    return {
        "actor": "olga",
        "action": f"person.{action}",
        "target": name,
        "before": before,
        "after": after,
        "reason": reason,
    }


def stored(person):
    return User.objects.values("username", "username_key", "is_active").get(pk=person.pk)


# Adding


def test_whoever_is_added_can_log_in_and_it_is_told(db):
    name = new_name()
    made = add_person(username=name.upper(), password=PASSWORD, actor=OPERATOR, reason=" a colleague ")
    assert log_in(username=name, password=PASSWORD) == made
    assert (made.username, made.is_staff, made.is_superuser) == (name.upper(), False, False)
    assert told() == entry("added", name.upper(), None, {"username": name.upper()}, "a colleague")


def test_whoever_is_added_without_a_password_can_not_log_in(db):
    made = add_person(username=new_name(), password=None, actor=OPERATOR)
    assert not made.has_usable_password()
    with pytest.raises(InvalidLogin):
        log_in(username=made.username, password="")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"username": "\u0430my"}, "mixed_scripts"),
        ({"username": " "}, "blank"),
        ({"password": "password"}, "password_too_common"),
        ({"password": ""}, "password_too_short"),
        ({"reason": "x" * 501}, "too_long"),
    ],
    ids=str,
)
def test_what_an_account_can_not_have_is_refused_and_none_is_made(db, given, code):
    with pytest.raises(InvalidPayload) as refusal:
        add_person(**{"username": new_name(), "password": PASSWORD, "actor": OPERATOR, **given})
    assert refusal.value.errors[0].code == code
    assert (User.objects.count(), entries()) == (0, 0)


def test_a_name_that_somebody_has_in_any_case_is_not_given_again(alice):
    with pytest.raises(UsernameTaken):
        add_person(username=alice.username.upper(), password=PASSWORD, actor=OPERATOR)
    assert (User.objects.count(), entries()) == (1, 0)


# Changing


def test_whoever_is_closed_out_is_logged_out_and_stays_so_when_they_are_let_in_again(alice):
    granted = log_in_program(username=alice.username, password=PASSWORD, address=None, device="")
    browser = start_session(person=alice, kind=Session.Kind.BROWSER, device="", address=None)
    before = {"username": alice.username, "is_active": True}
    after = {"username": alice.username, "is_active": False}
    done = change_person(person=alice, is_active=False, actor=OPERATOR, reason="hijacked")
    assert done == Change(before, after, 2)
    assert told() == entry("changed", alice.username, before, {**after, "ended_sessions": 2}, "hijacked")
    assert change_person(person=alice, is_active=True, actor=OPERATOR) == Change(after, before, 0)
    assert told() == entry("changed", alice.username, after, before)
    with pytest.raises(InvalidRefreshToken):
        refresh(token=granted.refresh_token)
    for session in (granted.session, browser):
        assert recognise(person_id=alice.pk, session_id=session.pk, address=None, policy=None) is None
    assert list(alice.sessions.values_list("end_reason", flat=True)) == ["operator"] * 2
    assert log_in(username=alice.username, password=PASSWORD) == alice


def test_whoever_is_renamed_stays_logged_in_and_has_the_name_in_any_case(alice):
    session = start_session(person=alice, kind=Session.Kind.API, device="", address=None)
    former, name = alice.username, new_name()
    change_person(person=alice, username=name.upper(), actor=OPERATOR)
    before, after = ({"username": one, "is_active": True} for one in (former, name.upper()))
    assert told() == entry("changed", name.upper(), before, after)
    assert stored(alice) == {"username": name.upper(), "username_key": name, "is_active": True}
    session.refresh_from_db()
    assert session.is_live


def test_where_nothing_changes_nothing_is_told(alice):
    as_it_is = {"username": alice.username, "is_active": True}
    for given in ({}, {"username": alice.username}, {"is_active": True}, as_it_is):
        assert change_person(person=alice, actor=OPERATOR, **given) == Change(as_it_is, as_it_is, 0)
    assert entries() == 0


def test_what_was_changed_meanwhile_stays_and_is_what_it_was_before(alice):
    name = new_name()
    User.objects.filter(pk=alice.pk).update(username=name, username_key=name, suspension_reason="Spam.")
    done = change_person(person=alice, is_active=False, actor=OPERATOR)
    assert done.before == {"username": name, "is_active": True}
    assert stored(alice) == {"username": name, "username_key": name, "is_active": False}
    assert User.objects.get(pk=alice.pk).suspension_reason == "Spam."


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"username": " "}, InvalidPayload),
        ({"username": "{bob}"}, UsernameTaken),
        ({"reason": "x" * 501}, InvalidPayload),
    ],
    ids=str,
)
def test_what_can_not_be_is_refused_and_nothing_changes(alice, bob, given, error):
    session = start_session(person=alice, kind=Session.Kind.API, device="", address=None)
    before = stored(alice)
    if "username" in given:
        given = {"username": given["username"].format(bob=bob.username.upper())}
    with pytest.raises(error):
        change_person(**{"person": alice, "is_active": False, "actor": OPERATOR, **given})
    session.refresh_from_db()
    assert (stored(alice), entries(), session.is_live) == (before, 0, True)


def test_what_can_not_be_told_is_not_done(alice, monkeypatch):
    session = start_session(person=alice, kind=Session.Kind.API, device="", address=None)
    for module in (by_hand, passwords):
        monkeypatch.setattr(module, "record", lambda **_: (_ for _ in ()).throw(OperationalError))
    for act in (
        lambda: add_person(username=new_name(), password=None, actor=OPERATOR),
        lambda: change_person(person=alice, is_active=False, actor=OPERATOR),
        lambda: replace_password(person=alice, new_password=None, actor=OPERATOR),
    ):
        with pytest.raises(OperationalError):
            act()
    person = User.objects.get()
    session.refresh_from_db()
    assert (person.is_active, person.check_password(PASSWORD), session.is_live) == (True, True, True)


# Passwords


@pytest.mark.parametrize(
    ("given", "field"), [({"new_password": "short"}, "new_password"), ({"reason": "x" * 501}, "reason")], ids=str
)
def test_a_password_or_reason_that_can_not_be_is_refused_and_the_old_one_stays(alice, given, field):
    start_session(person=alice, kind=Session.Kind.API, device="", address=None)
    with pytest.raises(InvalidPayload) as refusal:
        replace_password(**{"person": alice, "new_password": "battery staple", "actor": OPERATOR, **given})
    assert refusal.value.errors[0].field == field
    assert (User.objects.get().check_password(PASSWORD), entries()) == (True, 0)
    assert alice.sessions.get().is_live


def test_why_a_password_was_set_is_told_and_how_many_sessions_ended(alice):
    start_session(person=alice, kind=Session.Kind.API, device="", address=None)
    assert replace_password(person=alice, new_password=None, actor=OPERATOR, reason="stolen") == 1
    assert told() == entry("password_replaced", alice.username, None, {"usable": False}, "stolen")
