"""Logging in and out, and registering, as a browser sees them."""

import re
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Link, Session, User
from accounts.passwords import Argon2id
from accounts.services.operators import suspend
from accounts.services.sessions import list_sessions
from accounts.services.switches import set_registration
from tests.chatsystem.rate_limits.making import ALL
from tests.chatsystem.test_pages import shown
from tests.factories import PASSWORD, new_name
from tests.forms import control, hidden_fields, send, submit, text_of
from tests.mails import new_address, sent
from tests.operators import OPERATOR

WRONG = "The username or the password is not right."
NEW = "battery staple correct"


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


def log_in(browser, person, password=PASSWORD, path="/login"):
    return send(browser, browser.get(path), "/login", username=person.username, password=password)


def is_in(browser):
    return browser.get("/settings").status_code == 200


# Logging in


def test_logging_in_leads_to_the_inbox(browser, alice):
    answered = log_in(browser, alice)
    assert (answered.status_code, answered["Location"]) == (303, "/inbox")
    assert is_in(browser)
    assert [session.kind for session in list_sessions(person=alice)] == ["browser"]


def test_logging_in_leads_back_to_where_one_was(browser, alice):
    asked = browser.get("/settings/email?x=1&y=2")
    assert (asked.status_code, asked["Location"]) == (302, "/login?next=%2Fsettings%2Femail%3Fx%3D1%26y%3D2")
    assert log_in(browser, alice, path=asked["Location"])["Location"] == "/settings/email?x=1&y=2"


def test_where_one_was_outlives_a_wrong_password(browser, alice):
    wrong = log_in(browser, alice, "wrong", path="/login?next=/search")
    assert send(browser, wrong, "/login", username=alice.username, password=PASSWORD)["Location"] == "/search"


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example"),
        *("http:evil.example", "javascript:alert(1)", "https:///evil.example", " //evil.example", "\x08//evil.example"),
        *("http://testserver/inbox", "ftp://testserver/"),
    ],
)
def test_nobody_is_led_elsewhere(browser, alice, elsewhere):
    page = browser.get("/login", {"next": elsewhere})
    form = {"username": alice.username, "password": PASSWORD, "next": elsewhere}
    assert send(browser, page, "/login", **form)["Location"] == "/inbox"
    assert browser.get("/login", {"next": elsewhere})["Location"] == "/inbox"


def test_whoever_is_in_needs_no_form(client, alice):
    client.force_login(alice)
    for path in ("/login", "/register"):
        answered = client.get(f"{path}?next=/search")
        assert (answered.status_code, answered["Location"]) == (302, "/search")


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("alice", "wrong"),
        ("nobody", PASSWORD),
        ("x" * 17, PASSWORD),
        ("alice", "x" * 129),
        ("a\u0301" * 16, PASSWORD),
        (" alice", PASSWORD),
    ],
)
def test_what_is_wrong_is_never_told(browser, new_person, username, password):
    new_person("alice")
    response = submit(browser, "/login", username=username, password=password)
    assert shown(response) == (200, "Log in")
    assert response.context["form"].errors == {"__all__": [WRONG]}
    assert text_of(response).count(WRONG) == 1
    assert "autofocus" in control(response, "password")
    assert "autofocus" not in control(response, "username")
    assert not Session.objects.exists()


def test_an_account_that_is_closed_reads_like_one_that_is_not_there(browser, alice):
    alice.is_active = False
    alice.save()
    assert log_in(browser, alice).context["form"].errors == {"__all__": [WRONG]}


def test_an_unknown_name_costs_as_many_hashes_as_a_known_one(browser, alice, monkeypatch):
    hashed = []
    encode = Argon2id.encode
    monkeypatch.setattr(Argon2id, "encode", lambda *given: hashed.append(given[1]) or encode(*given))
    verify = Argon2id.verify
    monkeypatch.setattr(Argon2id, "verify", lambda *given: hashed.append(given[1]) or verify(*given))
    for username in (alice.username, new_name()):
        submit(browser, "/login", username=username, password="a wrong password")
        assert hashed == ["a wrong password"]
        hashed.clear()


def test_no_password_comes_back(browser, alice):
    secret = new_name()
    for response in (
        log_in(browser, alice, secret),
        submit(browser, "/login", username="", password=secret),
        submit(browser, "/register", username=alice.username, password=secret),
    ):
        assert response.status_code == 200
        assert secret not in text_of(response)


def test_what_was_typed_stays_but_for_the_password(browser, alice):
    assert f'value="{alice.username}"' in control(log_in(browser, alice, "wrong"), "username")


def test_who_is_suspended_is_told_until_when_and_why(browser, alice, new_person):
    until = datetime(2126, 11, 24, 14, 2, tzinfo=UTC)
    suspend(person=alice, reason="Spam.", until=until, actor=OPERATOR)
    response = log_in(browser, alice)
    assert shown(response) == (403, "You can't log in at the moment")
    assert "This account is suspended until 2126-11-24 14:02 UTC. Spam." in text_of(response)
    assert "suspended" not in text_of(log_in(browser, alice, "wrong"))
    assert not is_in(browser)


def test_too_many_tries_are_a_page_that_says_how_long_to_wait(browser, alice, settings):
    cache.clear()
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**ALL, "login": (2, 900)}
    for _ in range(2):
        assert log_in(browser, alice, "wrong").status_code == 200
    response = log_in(browser, alice)
    assert shown(response) == (429, "Please wait a little")
    assert "Too many tries to log in with this name. Try again in 15 minutes." in text_of(response)
    assert 890 < int(response["Retry-After"]) <= 900
    assert not is_in(browser)


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_forms_to_enter_are_for_password_stores_and_kept_nowhere(browser, db, path):
    response = browser.get(path)
    assert response["Cache-Control"] == "no-store"
    assert 'autocomplete="username"' in control(response, "username")
    kind = "current-password" if path == "/login" else "new-password"
    assert f'autocomplete="{kind}"' in control(response, "password")
    assert "maxlength" not in control(response, "password")  # it would cut what is pasted
    assert "autofocus" in control(response, "username")


@pytest.mark.parametrize("path", ["/login", "/register", "/logout"])
def test_a_form_without_the_token_of_its_page_does_nothing(browser, alice, path):
    name = new_name()
    form = {"username": name if path == "/register" else alice.username, "password": PASSWORD}
    assert shown(browser.post(path, form)) == (403, "This form is out of date")
    assert not Session.objects.exists()
    assert not User.objects.filter(username=name).exists()


# Logging out


def test_logging_out_ends_the_session_and_clears_what_the_browser_has_stored(client, alice):
    client.force_login(alice)
    assert is_in(client)
    answered = client.post("/logout")
    assert (answered.status_code, answered["Location"]) == (303, "/")
    assert answered["Clear-Site-Data"] == '"cache", "storage"'
    assert answered.cookies["sessionid"].value == ""
    assert not is_in(client)
    assert [session.end_reason for session in alice.sessions.all()] == ["logged_out"]
    assert "You are logged out." in text_of(client.get("/"))
    assert "You are logged out." not in text_of(client.get("/"))


def test_a_link_logs_nobody_out(client, alice):
    client.force_login(alice)
    response = client.get("/logout")
    assert shown(response) == (405, "This doesn't work here")
    assert response["Allow"] == "POST"
    assert is_in(client)


def test_whoever_is_out_already_can_log_out(client, db):
    assert client.post("/logout").status_code == 303


# Registering


def test_whoever_registers_is_in(browser, db):
    name = new_name()
    answered = submit(browser, "/register", username=name, password=NEW)
    assert (answered.status_code, answered["Location"]) == (303, "/inbox")
    assert is_in(browser)
    person = User.objects.get(username=name)
    assert person.check_password(NEW)
    assert len(list_sessions(person=person)) == 1
    assert not Link.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_address_is_sent_a_link_that_confirms_it(browser):
    name = new_name()
    submit(browser, "/register", username=name, password=NEW, email=new_address(name))
    assert [message.to for message in sent()] == [[new_address(name)]]
    assert "A link to confirm your e-mail address is on its way to it." in text_of(browser.get("/settings"))


def test_the_rules_are_told_before_they_are_broken(browser, db):
    page = text_of(browser.get("/register"))
    for rule in (
        "At most 16 characters.",
        "Your password must contain at least 8 characters.",
        "Your password can have 128 characters at most.",
        "Your password can't be one of the 10,000 commonest.",
    ):
        assert rule in page
    assert 'aria-describedby="id_password_helptext"' in page


@pytest.mark.parametrize(
    ("field", "value", "errors"),
    [
        ("username", "ALICE", ["Somebody has this name already. Please choose another one."]),
        ("username", "x" * 17, ["A username has 16 characters at most."]),
        ("username", "", ["This field is required."]),
        ("password", "12345678", ["This password is too common."]),
        (
            "password",
            "123456",
            ["This password is too short. It must contain at least 8 characters.", "This password is too common."],
        ),
        ("email", "amy", ["Enter an e-mail address, as name@example.org."]),
    ],
)
def test_what_cannot_be_is_an_error_beside_its_field_and_nothing_is_made(browser, new_person, field, value, errors):
    new_person("alice")
    response = submit(browser, "/register", **{"username": new_name(), "password": NEW, "email": "", field: value})
    assert shown(response) == (200, "Register")
    assert response.context["form"].errors == {field: errors}
    assert 'aria-invalid="true"' in control(response, field)
    assert f'id_{field}_error"' in control(response, field)
    assert "autofocus" in control(response, field)
    assert text_of(response).count("autofocus") == 1
    assert User.objects.count() == 1
    assert not is_in(browser)


def test_pages_lead_to_registering_only_while_it_is_open(db):
    pages = ("/", "/login", "/keyboard")
    assert [text_of(Client().get(path)).count('href="/register"') for path in pages] == [2, 2, 1]
    set_registration(is_open=False, actor=OPERATOR)
    for path in pages:
        assert "/register" not in text_of(Client().get(path))
    for path in pages[:2]:
        assert text_of(Client().get(path)).count("New accounts can't be made here at the moment.") == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_registers_where_it_is_closed(db, method):
    set_registration(is_open=False, actor=OPERATOR)
    response = getattr(Client(), method)("/register", {"username": new_name(), "password": NEW})
    assert shown(response) == (403, "Registration is closed")
    assert "New accounts can't be made here at the moment." in text_of(response)
    assert not User.objects.exists()


def test_registering_is_limited_by_address(browser, db, settings):
    cache.clear()
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**ALL, "register": (1, 60)}
    submit(browser, "/register", username=new_name(), password=NEW)
    response = submit(Client(), "/register", username=new_name(), password=NEW)
    assert shown(response) == (429, "Please wait a little")
    assert re.search(r"Too many new accounts from this address\. Try again in \d+ seconds\.", text_of(response))
    assert User.objects.count() == 1


def test_the_hidden_fields_are_the_token_and_where_to_go(browser, db):
    assert hidden_fields(browser.get("/login")).keys() == {"csrfmiddlewaretoken"}
    assert hidden_fields(browser.get("/login?next=/search")).keys() == {"csrfmiddlewaretoken", "next"}
