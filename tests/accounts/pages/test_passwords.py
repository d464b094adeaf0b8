"""Pages about forgotten passwords, as a browser sees them."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Link, User
from accounts.services.passwords import make_reset_link
from tests.chatsystem.test_logged_secrets import listening
from tests.chatsystem.test_pages import shown
from tests.factories import PASSWORD, new_name
from tests.forms import control, hidden_fields, submit, text_of
from tests.mails import new_address, sent, token_in

NEW = "battery staple correct"


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def token(alice):
    return make_reset_link(person=alice).rpartition("/")[2]


@pytest.mark.django_db(transaction=True)
def test_whoever_forgot_the_password_gets_a_link_that_sets_a_new_one(browser, alice):
    address = new_address(alice.username)
    User.objects.filter(pk=alice.pk).update(email=address, email_key=address)
    answered = submit(browser, "/password/forgot", email=f" {address} ")
    assert (answered.status_code, answered["Location"]) == (303, "/password/forgot/sent")
    assert shown(browser.get("/password/forgot/sent")) == (200, "A link is on its way")
    (message,) = sent()
    path = f"/password/reset/{token_in(message.body)}"
    answered = submit(browser, path, new_password=NEW)
    assert (answered.status_code, answered["Location"]) == (303, "/password/reset/done")
    assert shown(browser.get("/password/reset/done")) == (200, "The password is set")
    assert User.objects.get(pk=alice.pk).check_password(NEW)


@pytest.mark.django_db(transaction=True)
def test_an_unknown_address_is_answered_like_a_known_one(browser):
    answered = submit(browser, "/password/forgot", email=new_address(new_name()))
    assert (answered.status_code, answered["Location"]) == (303, "/password/forgot/sent")
    assert sent() == []


@pytest.mark.parametrize(
    ("email", "error"),
    [
        ("amy", "Enter an e-mail address, as name@example.org."),
        ("a" * 250 + "@example.org", "An e-mail address has 254 characters at most."),
        ("", "This field is required."),
    ],
)
def test_what_is_no_address_is_an_error_beside_the_field(db, browser, email, error):
    response = submit(browser, "/password/forgot", email=email)
    assert shown(response) == (200, "Forgotten password")
    assert response.context["form"].errors == {"email": [error]}
    assert error in text_of(response)


def test_too_many_requests_are_a_page_that_says_how_long_to_wait(db, browser, settings):
    cache.clear()
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset": (1, 60)}
    address = new_address(new_name())
    assert submit(browser, "/password/forgot", email=address).status_code == 303
    response = submit(browser, "/password/forgot", email=address)
    assert shown(response) == (429, "Please wait a little")
    assert "Too many messages to this e-mail address. Try again in 60 seconds." in text_of(response)
    assert response["Retry-After"] == "60"


def test_looking_at_a_link_changes_nothing_however_often(browser, alice, token):
    for ask in (browser.get, browser.head, browser.options, browser.get):
        assert ask(f"/password/reset/{token}").status_code == 200
    assert Link.objects.get().used_at is None
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)
    response = browser.get(f"/password/reset/{token}")
    assert shown(response) == (200, "Set a new password")
    assert "Your password must contain at least 8 characters." in text_of(response)


@pytest.mark.parametrize(
    ("password", "errors"),
    [
        ("short", ["This password is too short. It must contain at least 8 characters."]),
        ("x" * 129, ["Your password can have 128 characters at most."]),
        (
            "123456",
            [
                "This password is too short. It must contain at least 8 characters.",
                "This password is too common.",
            ],
        ),
        ("", ["This field is required."]),
    ],
)
def test_a_password_that_cannot_be_is_an_error_beside_the_field_and_the_link_stays_usable(
    browser, alice, token, password, errors
):
    path = f"/password/reset/{token}"
    response = submit(browser, path, new_password=password)
    assert shown(response) == (200, "Set a new password")
    assert response.context["form"].errors == {"new_password": errors}
    assert "value" not in control(response, "new_password")
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)
    assert submit(browser, path, new_password=NEW).status_code == 303


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_is_worth_nothing_is_a_page_that_says_so(db, method):
    response = getattr(Client(), method)(f"/password/reset/{'x' * 43}", {"new_password": NEW})
    assert shown(response) == (400, "This link doesn't work any more")
    assert "This link is not valid, or not any more. Ask for a new one." in text_of(response)


def test_a_form_without_the_token_of_its_page_is_refused_and_nothing_changes(browser, alice, token):
    assert browser.post(f"/password/reset/{token}", {"new_password": NEW}).status_code == 403
    assert browser.post("/password/forgot", {"email": new_address(new_name())}).status_code == 403
    assert Link.objects.get().used_at is None
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)


@pytest.mark.parametrize("good", [True, False])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_secret_in_the_address_stays_out_of_caches_referrers_and_the_log(token, good, method):
    path = f"/password/reset/{token if good else 'x' * 43}"
    with listening() as lines:
        response = getattr(Client(), method)(path, {"new_password": "short"})
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "strict-origin"
    assert lines
    assert path.rpartition("/")[2] not in "\n".join(lines)
    assert '"route": "accounts:reset-password"' in "\n".join(lines)
    assert path.rpartition("/")[2] not in text_of(response)


def test_a_browser_over_https_that_sends_no_more_than_the_origin_gets_through(browser, alice, token):
    """`strict-origin` has browsers send both of these; `no-referrer` would have them send `Origin: null`."""
    path = f"/password/reset/{token}"
    form = {**hidden_fields(browser.get(path, secure=True)), "new_password": NEW}
    origin = "https://testserver"
    assert browser.post(path, form, secure=True, headers={"Origin": "null"}).status_code == 403
    headers = {"Origin": origin, "Referer": f"{origin}/"}
    assert browser.post(path, form, secure=True, headers=headers).status_code == 303
    assert User.objects.get(pk=alice.pk).check_password(NEW)


def test_pages_of_links_are_in_nobodys_frame(client, token):
    assert client.get(f"/password/reset/{token}")["X-Frame-Options"] == "DENY"
