"""What was being typed when a session ended, through logging in again and back into its form."""

import re
from html import unescape

import pytest
from django.contrib.sessions.models import Session as CookieSession
from django.test import Client

from accounts.models import Session
from accounts.pages.drafts import MOST
from accounts.services.sessions import end_sessions
from chatsystem.errors import StorageUnavailable
from messaging.services.history import read_inbox
from messaging.services.sending import send_message
from messaging.store import session as cassandra
from tests.factories import PASSWORD
from tests.forms import control, hidden_fields, send, submit, text_of

TEXT = '\n<b>"Hello",</b>\r\nGrüße & so on ✓\n\n'


@pytest.fixture
def browser(alice):
    """A browser in which Alice is logged in."""
    client = Client(enforce_csrf_checks=True)
    submit(client, "/login", username=alice.username, password=PASSWORD)
    return client


@pytest.fixture
def compose(browser):
    """The page for a new message, as it was opened."""
    page = browser.get("/new", follow=True)
    assert page.status_code == 200
    return page


def address_of(page):
    return page.wsgi_request.get_full_path()


def end(person):
    assert end_sessions(person=person, reason=Session.End.ENDED) == 1


def text_in(page):
    """What stands in the form's text box, which drops the first line end behind its tag."""
    found = re.search(r'<textarea name="content"[^>]*>\r?\n(.*?)</textarea>', page.content.decode(), re.DOTALL)
    return unescape(found[1])


def test_the_text_comes_back_into_its_form_and_is_sent_from_there_once(browser, compose, alice, bob):
    end(alice)
    refused = send(browser, compose, address_of(compose), recipient=bob.username, content=TEXT)
    assert refused.status_code == 403
    assert "What you wrote is kept" in text_of(refused)
    assert hidden_fields(refused)["draft-content"] == TEXT.replace("\r\n", "\n")
    assert read_inbox(owner=bob).messages == []

    wrong = send(browser, refused, "/login", username=alice.username, password="wrong")
    answered = send(browser, wrong, "/login", username=alice.username, password=PASSWORD)
    assert (answered.status_code, answered["Location"]) == (303, address_of(compose))

    page = browser.get(answered["Location"])
    assert text_in(page) == TEXT.replace("\r\n", "\n")
    assert f'value="{bob.username}"' in control(page, "recipient")
    assert hidden_fields(page)["key"] == hidden_fields(compose)["key"]  # so it is the same message still
    assert "draft" not in browser.session

    sent = send(browser, page, address_of(page), recipient=bob.username, content=text_in(page))
    assert sent.status_code == 303
    assert [message.content for message in read_inbox(owner=bob).messages] == [TEXT.replace("\r\n", "\n")]
    assert text_in(browser.get("/new", follow=True)) == ""


def lost(browser, compose, alice, **fields):
    """Have the session end, the form be sent, and Alice log in again; return where she is led."""
    end(alice)
    refused = send(browser, compose, address_of(compose), **fields)
    return send(browser, refused, "/login", username=alice.username, password=PASSWORD)["Location"]


def test_it_waits_for_its_own_page(browser, compose, alice):
    address = lost(browser, compose, alice, recipient="", content="Hello")
    for other in ("/settings", "/search", "/inbox"):
        assert browser.get(other).status_code == 200
    browser.head(address)
    assert text_in(browser.get(address)) == "Hello"
    assert text_in(browser.get(address)) == ""


def test_an_outage_on_the_way_back_leaves_it_waiting(browser, compose, alice, bob, monkeypatch):
    send_message(sender=bob, recipient=alice.username, content="Are you there?")
    end(alice)
    refused = send(browser, compose, f"/with/{bob.username}", content="Yes")
    path = send(browser, refused, "/login", username=alice.username, password=PASSWORD)["Location"]
    with monkeypatch.context() as broken:
        broken.setattr(cassandra, "get_session", unreachable)
        assert browser.get(path, follow=True).status_code == 503
    assert text_in(browser.get(path, follow=True)) == "Yes"


def unreachable():
    raise StorageUnavailable


def test_without_a_text_there_is_nothing_to_carry(browser, compose, alice):
    end(alice)
    form = {"csrfmiddlewaretoken": hidden_fields(compose)["csrfmiddlewaretoken"]}
    answered = browser.post("/new", {**form, "content": ""})
    assert (answered.status_code, answered["Location"]) == (302, "/login?next=%2Fnew")


def test_what_is_no_field_of_the_form_and_passwords_are_not_carried(browser, alice):
    page = browser.get("/settings/password")
    end(alice)
    form = {"current_password": PASSWORD, "new_password": "battery staple correct", "other": "x"}
    refused = send(browser, page, "/settings/password", **form)
    assert refused.status_code == 302
    assert "battery" not in text_of(refused)


def test_far_too_long_a_text_is_carried_as_far_as_one_could_be_sent(browser, compose, alice):
    end(alice)
    refused = send(browser, compose, address_of(compose), recipient="", content="x" * (MOST + 1))
    assert hidden_fields(refused)["draft-content"] == "x" * MOST


def test_another_sites_form_brings_nothing_in(alice):
    """Whoever lures somebody to a log-in can't have words put into their mouth."""
    client = Client(enforce_csrf_checks=True)
    form = {"username": alice.username, "password": PASSWORD, "draft-content": "I owe you 100", "next": "/new"}
    refused = client.post("/login", form, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert not CookieSession.objects.exists()


@pytest.mark.parametrize("field", ["content", "draft-content"])
def test_where_the_token_went_stale_the_page_shows_what_was_written(browser, alice, field):
    """As after logging in again in another tab, which changes the token of all forms."""
    refused = browser.post("/login", {"csrfmiddlewaretoken": "x" * 64, field: TEXT})
    assert refused.status_code == 403
    shown = re.search(r'<textarea id="kept"[^>]*>\n(.*?)</textarea>', refused.content.decode(), re.DOTALL)
    assert unescape(shown[1]) == TEXT
