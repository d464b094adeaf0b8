"""The page of people whom one blocks."""

import pytest

from accounts.services.blocks import block, list_blocks
from tests.accounts.pages.settings.looking import refused, saved
from tests.chatsystem.test_pages import shown
from tests.factories import new_name
from tests.forms import text_of

PATH = "/settings/blocked"
UNBLOCK = "/settings/blocked/unblock"


def blocked(person):
    return [one.username for one in list_blocks(person=person)]


def test_an_empty_list_says_so(browser):
    response = browser.get(PATH)
    assert shown(response) == (200, "Blocked people")
    assert "You block nobody." in text_of(response)


def test_somebody_is_blocked_by_name_and_unblocked_by_the_button_beside_it(browser, alice, bob):
    page = saved(browser, PATH, {"username": f" {bob.username.upper()} "})
    assert f"You get no messages from {bob.username.upper()} any more." in page
    assert f'name="username" value="{bob.username}"' in page
    assert blocked(alice) == [bob.username]
    page = saved(browser, UNBLOCK, {"username": bob.username}, to=PATH)
    assert f"{bob.username} can write to you again." in page
    assert blocked(alice) == []


@pytest.mark.parametrize("path", [PATH, UNBLOCK])
def test_a_name_that_nobody_has_is_an_error_beside_the_field(browser, alice, bob, path):
    block(person=alice, username=bob.username)
    assert refused(browser, path, {"username": new_name()}) == {"username": ["Nobody has this name."]}
    assert blocked(alice) == [bob.username]


def test_nobody_blocks_themselves(browser, alice):
    assert refused(browser, PATH, {"username": alice.username}) == {"username": ["You can't block yourself."]}
    assert blocked(alice) == []


def test_a_link_can_bring_the_name_along_and_blocks_nobody(browser, alice, bob):
    page = text_of(browser.get(f"{PATH}?username={bob.username}"))
    assert f'value="{bob.username}"' in page
    assert blocked(alice) == []


def test_the_address_of_the_buttons_leads_to_the_list(browser):
    answered = browser.get(UNBLOCK)
    assert (answered.status_code, answered["Location"]) == (302, PATH)
