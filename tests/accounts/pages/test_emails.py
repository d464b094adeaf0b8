"""The page that confirms an e-mail address, as a browser sees it."""

import pytest
from django.test import Client

from accounts.models import Link, User
from accounts.services.emails import request_email
from tests.chatsystem.test_logged_secrets import listening
from tests.chatsystem.test_pages import shown
from tests.factories import new_name
from tests.forms import submit, text_of
from tests.mails import new_address, token_sent


@pytest.fixture
def address():
    return new_address(new_name())


@pytest.fixture
def path(alice, address):
    request_email(person=alice, email=address)
    return f"/email/confirm/{token_sent(address)}"


def test_looking_at_a_link_shows_what_it_would_do_and_does_nothing(client, alice, address, path):
    for _ in range(2):
        response = client.get(path)
        assert shown(response) == (200, "Confirm an e-mail address")
    assert f'<strong dir="auto">{alice.username}</strong>' in text_of(response)
    assert f"<strong>{address}</strong>" in text_of(response)
    assert Link.objects.get().used_at is None
    assert User.objects.get(pk=alice.pk).email == ""


def test_the_form_confirms_the_address_once(alice, address, path):
    browser = Client(enforce_csrf_checks=True)
    answered = submit(browser, path)
    assert (answered.status_code, answered["Location"]) == (303, "/email/confirm/done")
    assert shown(browser.get("/email/confirm/done")) == (200, "The address is confirmed")
    assert User.objects.get(pk=alice.pk).email == address
    for ask in (browser.get, Client().post):
        response = ask(path)
        assert shown(response) == (400, "This link doesn't work any more")
        assert "This link is not valid, or not any more." in text_of(response)


def test_a_form_without_the_token_of_its_page_is_refused_and_nothing_changes(alice, path):
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    assert User.objects.get(pk=alice.pk).email == ""


def test_an_address_that_somebody_else_has_by_now_is_a_page_that_says_so(client, alice, bob, address, path):
    User.objects.filter(pk=bob.pk).update(email=address, email_key=address)
    response = client.post(path)
    assert shown(response) == (409, "Conflict")
    assert "This address can't be confirmed for this account." in text_of(response)
    assert User.objects.get(pk=alice.pk).email == ""


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_secret_in_the_address_stays_out_of_caches_referrers_and_the_log(path, method):
    for _ in range(2):  # a good link, and what it is after the form
        with listening() as lines:
            response = getattr(Client(), method)(path)
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "strict-origin"
        assert lines
        assert path.rpartition("/")[2] not in "\n".join(lines)
