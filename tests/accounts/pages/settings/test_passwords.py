"""The page of one's password."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.services.passwords import password_rules
from tests.accounts.pages.settings.looking import refused, saved
from tests.accounts.pages.test_passwords import NEW
from tests.chatsystem.test_pages import shown
from tests.factories import PASSWORD
from tests.forms import text_of

PATH = "/settings/password"


def test_the_rules_are_told_before_they_are_broken(browser, alice):
    response = browser.get(PATH)
    assert shown(response) == (200, "Password")
    for rule in password_rules():
        assert rule in text_of(response)
    # Password managers take the name that goes with it from here.
    assert f'autocomplete="username" value="{alice.username}"' in text_of(response)


def test_a_new_password_ends_all_other_sessions_from_their_next_request_on(browser, alice):
    other = Client()
    other.force_login(alice)
    assert other.get(PATH).status_code == 200
    page = saved(browser, PATH, {"current_password": PASSWORD, "new_password": NEW})
    assert "Your password is changed, and all your other sessions are ended." in page
    assert User.objects.get(pk=alice.pk).check_password(NEW)
    assert other.get(PATH).status_code == 302


@pytest.mark.parametrize(
    ("current", "new", "errors"),
    [
        ("wrong", NEW, {"current_password": ["This is not your current password."]}),
        ("", NEW, {"current_password": ["This field is required."]}),
        (PASSWORD, "", {"new_password": ["This field is required."]}),
        (
            PASSWORD,
            "123456",
            {
                "new_password": [
                    "This password is too short. It must contain at least 8 characters.",
                    "This password is too common.",
                ]
            },
        ),
        (PASSWORD, "x" * 129, {"new_password": ["Your password can have 128 characters at most."]}),
    ],
)
def test_what_is_refused_stands_beside_its_field_and_everybody_stays(browser, alice, current, new, errors):
    other = Client()
    other.force_login(alice)
    assert refused(browser, PATH, {"current_password": current, "new_password": new}) == errors
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)
    assert other.get(PATH).status_code == 200


def test_passwords_are_not_sent_back(browser):
    response = browser.post(PATH, {"current_password": "not the one", "new_password": "another one"})
    assert b"not the one" not in response.content
    assert b"another one" not in response.content
