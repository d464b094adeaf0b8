"""The page of one's e-mail address."""

import pytest

from accounts.models import Link, User
from tests.accounts.pages.settings.looking import refused, saved
from tests.chatsystem.test_pages import shown
from tests.factories import PASSWORD, new_name
from tests.forms import text_of
from tests.mails import new_address, sent, token_sent

PATH = "/settings/email"
REMOVE = "/settings/email/remove"


@pytest.fixture
def address():
    return new_address(new_name())


def email_of(person):
    return User.objects.values_list("email", flat=True).get(pk=person.pk)


@pytest.fixture
def confirmed(alice, address):
    User.objects.filter(pk=alice.pk).update(email=address, email_key=address)
    return address


def test_without_an_address_it_offers_to_add_one_and_nothing_to_remove(browser):
    response = browser.get(PATH)
    assert shown(response) == (200, "E-mail")
    page = text_of(response)
    assert "Add an address" in page
    assert REMOVE not in page
    assert "Pending" not in page


def test_a_new_address_is_pending_until_its_link_is_used(browser, alice, address):
    page = saved(browser, PATH, {"email": f" {address} ", "current_password": PASSWORD})
    assert "A link is on its way to the new address." in page
    assert "A link to confirm a new address is on its way to it." in page
    assert email_of(alice) == ""
    browser.post(f"/email/confirm/{token_sent(address)}")
    assert email_of(alice) == address
    page = text_of(browser.get(PATH))
    assert f"<bdi>{address}</bdi>" in page
    assert "Change the address" in page
    assert "Pending" not in page


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"email": "amy", "current_password": PASSWORD}, {"email": ["Enter an e-mail address, as name@example.org."]}),
        ({"email": "", "current_password": PASSWORD}, {"email": ["This field is required."]}),
        (
            {"email": "amy@example.org", "current_password": "not the one"},
            {"current_password": ["This is not your current password."]},
        ),
        (
            {"email": "amy@example.org", "current_password": "x" * 129},
            {"current_password": ["A password has 128 characters at most."]},
        ),
    ],
)
def test_what_is_refused_stands_beside_its_field_and_no_link_is_sent(browser, alice, confirmed, fields, errors):
    response = browser.post(PATH, fields)
    assert response.status_code == 200
    assert response.context["form"].errors == errors
    assert fields["current_password"] not in text_of(response).replace("current_password", "")
    assert email_of(alice) == confirmed
    assert not Link.objects.exists()
    assert sent() == []


def test_the_address_is_removed_with_the_password_alone(browser, alice, confirmed):
    assert REMOVE in text_of(browser.get(PATH))
    response = browser.get(REMOVE)
    assert shown(response) == (200, "Remove the address")
    assert f"<bdi>{confirmed}</bdi>" in text_of(response)
    assert refused(browser, REMOVE, {"current_password": "wrong"}) == {
        "current_password": ["This is not your current password."]
    }
    assert email_of(alice) == confirmed
    page = saved(browser, REMOVE, {"current_password": PASSWORD}, to=PATH)
    assert "Your e-mail address is removed." in page
    assert email_of(alice) == ""
    assert [message.to for message in sent()] == [[confirmed]]


def test_with_nothing_to_remove_there_is_no_form(browser):
    page = text_of(browser.get(REMOVE))
    assert "Your account has no e-mail address." in page
    assert "current_password" not in page
