"""Logging in."""

import pytest

from accounts.services.login import log_in
from chatsystem.errors import InvalidLogin, InvalidPayload
from tests.conftest import PASSWORD, new_name


def test_the_right_password_gives_the_person_whatever_the_case_of_the_name(alice):
    assert log_in(username=alice.username, password=PASSWORD) == alice
    assert log_in(username=alice.username.upper(), password=PASSWORD) == alice


@pytest.mark.parametrize("password", ["", PASSWORD.upper(), f"{PASSWORD} ", "another"])
def test_another_password_is_refused(alice, password):
    with pytest.raises(InvalidLogin):
        log_in(username=alice.username, password=password)


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


@pytest.mark.parametrize(
    ("username", "password", "field"), [("a" * 17, PASSWORD, "username"), ("amy", "x" * 129, "password")]
)
def test_what_no_account_can_have_is_refused_before_anything_is_asked(
    db, django_assert_num_queries, username, password, field
):
    with django_assert_num_queries(0), pytest.raises(InvalidPayload) as refusal:
        log_in(username=username, password=password)
    assert [(error.field, error.code) for error in refusal.value.errors] == [(field, "too_long")]
