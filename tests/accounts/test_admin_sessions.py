"""Being signed in to the admin: apart from the pages, while it's used, with the password for what can do harm."""

import re
from datetime import timedelta

import httpx
import pytest
import time_machine
from django.contrib.sessions.models import Session as CookieSession
from django.test import Client
from django.utils import timezone

from accounts.browsers import CONFIRMED, SEEN
from accounts.models import User
from accounts.services.sessions import list_sessions
from chatsystem.middleware import ADMIN_COOKIE
from tests.admin import make_older, new_operator, sign_in, state_of
from tests.factories import PASSWORD, new_name
from tests.operators import entries
from tests.server import manage, running_server

PAGES_COOKIE = "sessionid"


@pytest.fixture
def operator(db):
    return new_operator()


@pytest.fixture
def admin(operator):
    return sign_in(operator)


def is_in(browser):
    return browser.get("/admin/").status_code == 200


# Two places


def test_the_admins_cookie_is_for_the_admin_alone(admin):
    cookie = admin.cookies[ADMIN_COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/admin/", True, "Lax")
    assert PAGES_COOKIE not in admin.cookies


def test_whoever_is_logged_in_to_the_pages_is_not_in_the_admin(operator):
    browser = Client()
    browser.force_login(operator)
    assert PAGES_COOKIE in browser.cookies
    assert not is_in(browser)
    assert browser.cookies[PAGES_COOKIE].value  # and stays in the pages


def test_whoever_is_signed_in_to_the_admin_is_not_in_the_pages(admin):
    request = admin.get("/").wsgi_request
    assert not request.user.is_authenticated
    assert request.session.session_key is None


@pytest.mark.parametrize("of_pages", [True, False], ids=["of the pages", "of the admin"])
def test_a_cookie_of_one_place_is_worth_nothing_in_the_other_under_its_name(operator, of_pages):
    browser = Client()
    if of_pages:
        browser.force_login(operator)
        browser.cookies[ADMIN_COOKIE] = browser.cookies[PAGES_COOKIE].value
        assert not is_in(browser)
    else:
        stolen = sign_in(operator).cookies[ADMIN_COOKIE].value
        browser.cookies[PAGES_COOKIE] = stolen
        for path in ("/api/v1/users/me", "/api/v1/auth/sessions"):
            assert browser.get(path).status_code == 401, path
        assert not browser.get("/").wsgi_request.user.is_authenticated
    (session,) = list_sessions(person=operator)  # which its owner goes on using
    assert session.is_live


def test_leaving_one_place_leaves_the_other_alone(operator):
    browser = sign_in(operator)
    of_admin = browser.cookies[ADMIN_COOKIE].value
    browser.force_login(operator)
    assert len(list_sessions(person=operator)) == 2
    browser.post("/admin/logout/")
    assert not is_in(browser)
    assert browser.get("/").wsgi_request.user.is_authenticated
    browser.cookies[ADMIN_COOKIE] = of_admin
    assert not is_in(browser)


def test_the_admin_may_stand_elsewhere_and_the_cookie_with_it(tmp_path):
    name = new_name()
    with running_server(tmp_path, ADMIN_PATH="operators/here/") as server:
        environment = {"DATABASE_URL": server.database, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        manage(environment, "createsuperuser", "--noinput", f"--username={name}")
        with httpx.Client(base_url=server.url, timeout=20) as browser:
            assert browser.get("/admin/").status_code == browser.get("/admin").status_code == 404
            assert browser.get("/operators/here").headers["Location"] == "/operators/here/"
            page = browser.get("/operators/here/")
            assert (page.status_code, page.headers["Location"]) == (302, "/operators/here/login/?next=/operators/here/")
            assert page.headers["Content-Security-Policy"] == browser.get("/").headers["Content-Security-Policy"]
            browser.get(page.headers["Location"])
            form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
            cookies = browser.post("/operators/here/login/", data=form).headers.get_list("Set-Cookie")
            (cookie,) = [cookie for cookie in cookies if cookie.startswith(f"{ADMIN_COOKIE}=")]
            assert "; Path=/operators/here/;" in f"{cookie};"
            assert browser.get("/operators/here/").status_code == 200


# Idle


def test_whoever_leaves_the_admin_alone_is_signed_out_and_the_session_ends(admin, operator, settings):
    settings.ADMIN_IDLE_MINUTES = 30
    make_older(admin, **{SEEN: 30 * 60 - 5})
    assert is_in(admin)
    make_older(admin, **{SEEN: 30 * 60})
    key = admin.cookies[ADMIN_COOKIE].value
    response = admin.get("/admin/accounts/user/")
    assert (response.status_code, response["Location"]) == (302, "/admin/login/?next=/admin/accounts/user/")
    assert [session.end_reason for session in operator.sessions.all()] == ["idle"]
    assert not CookieSession.objects.filter(session_key=key).exists()


def test_what_somebody_typed_until_they_were_signed_out_is_shown_to_be_copied(admin, alice, settings):
    settings.ADMIN_IDLE_MINUTES = 30
    page, note = f"/admin/accounts/user/{alice.pk}/suspend/?a=b", "<b>Since May,\n" + "x" * 4_000
    make_older(admin, **{SEEN: 30 * 60})
    before = entries()
    sent = {"words": note, "reason": "Rule <1>", "text": " ", "until": "", "current_password": PASSWORD}
    for _ in range(2):  # and by the browser's button for doing it again
        response = admin.post(page, sent)
        assert (response.status_code, response["Cache-Control"]) == (403, "no-store")
        assert response.context["typed"] == [("Words", note), ("Reason", "Rule <1>")]
        assert "&lt;b&gt;Since May,\n" in response.text
        assert PASSWORD not in response.text
        assert alice.username not in response.text
        assert (response.context["ways"], response.context["available_apps"]) == ([], [])
        (sign_in_again,) = re.findall(r'href="(/admin/login/[^"]+)"', response.text)
        assert sign_in_again == f"/admin/login/?next=/admin/accounts/user/{alice.pk}/suspend/%3Fa%3Db"
    alice.refresh_from_db()
    assert (alice.is_suspended, entries()) == (False, before)
    response = admin.post(page, {"current_password": PASSWORD, "password1": PASSWORD, "reason": " \n"})
    assert (response.status_code, response["Location"]) == (302, sign_in_again)  # nothing that could be lost


def test_whoever_uses_it_stays_in_for_as_long_as_they_do(operator, settings):
    settings.ADMIN_IDLE_MINUTES = 10
    began = timezone.now()
    with time_machine.travel(began, tick=False) as clock:
        browser = sign_in(operator)
        for _ in range(5):
            clock.shift(timedelta(minutes=9))
            assert is_in(browser)
        clock.shift(timedelta(minutes=11))
        assert not is_in(browser)


def test_pages_know_no_idle_time(operator, settings):
    settings.ADMIN_IDLE_MINUTES = 5
    browser = Client()
    browser.force_login(operator)
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert browser.get("/").wsgi_request.user.is_authenticated


def test_using_it_writes_once_a_minute_at_most(admin, django_assert_num_queries):
    admin.get("/admin/password_change/")
    with django_assert_num_queries(1):
        admin.get("/admin/password_change/")
    make_older(admin, **{SEEN: 61})
    with django_assert_num_queries(4):  # the cookie's state, and a transaction that stores it
        admin.get("/admin/password_change/")
    with django_assert_num_queries(1):
        admin.get("/admin/password_change/")


# The password, again


@pytest.fixture
def alice_page(alice):
    return f"/admin/accounts/user/{alice.pk}/"


def test_signing_in_confirms_for_ten_minutes(admin, alice_page):
    page = f"{alice_page}end-sessions/"
    assert "End all sessions" in admin.get(page).text
    make_older(admin, **{CONFIRMED: 590})
    assert "Your password" not in admin.get(page).text
    make_older(admin, **{CONFIRMED: 10})
    assert "Your password" in admin.get(page).text


def test_after_that_the_form_asks_first_and_then_shows_the_page(admin, alice_page):
    page = f"{alice_page}end-sessions/"
    make_older(admin, **{CONFIRMED: 600})
    response = admin.get(page)
    assert response.context["sent"] == [("only_looked", "1")]
    response = admin.post(page, {"only_looked": "1", "current_password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, page)
    assert "Your password" not in admin.get(page).text


def test_what_was_sent_waits_for_the_password_and_is_then_done_once(admin, alice, alice_page):
    page, sent = f"{alice_page}suspend/", {"until": "", "reason": "Spam <b>."}
    make_older(admin, **{CONFIRMED: 600})
    before = entries()
    response = admin.post(page, sent)
    assert response.status_code == 200
    assert sorted(response.context["sent"]) == sorted(sent.items())
    assert "Spam &lt;b&gt;." in response.text
    wrong = admin.post(page, {**sent, "current_password": "wrong"})
    assert wrong.context["form"].errors == {"current_password": ["This is not your current password."]}
    alice.refresh_from_db()
    assert (alice.is_suspended, entries()) == (False, before)
    assert admin.post(page, {**sent, "current_password": PASSWORD}).status_code == 302
    alice.refresh_from_db()
    assert (alice.is_suspended, alice.suspension_reason, entries()) == (True, "Spam <b>.", before + 1)


def test_passwords_that_were_sent_do_not_come_along(admin, alice_page):
    make_older(admin, **{CONFIRMED: 600})
    new = {"password1": "another password", "password2": "another password", "csrfmiddlewaretoken": "x"}
    response = admin.post(f"{alice_page}password/", {**new, "usable_password": "true", "current_password": "wrong"})
    assert response.context["sent"] == [("usable_password", "true")]
    assert "another password" not in response.text


def test_a_password_is_taken_away_after_ones_own_was_asked_for(admin, alice, alice_page):
    make_older(admin, **{CONFIRMED: 600})
    asked = admin.post(f"{alice_page}password/", {"usable_password": "false", "unset-password": "1"})
    assert User.objects.get(pk=alice.pk).has_usable_password()
    response = admin.post(f"{alice_page}password/", {**dict(asked.context["sent"]), "current_password": PASSWORD})
    assert response.status_code == 302
    assert not User.objects.get(pk=alice.pk).has_usable_password()


def test_wrong_answers_are_limited_as_log_ins_are(admin, alice, alice_page, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (2, 900)}
    make_older(admin, **{CONFIRMED: 600})
    page = f"{alice_page}suspend/"
    for _ in range(2):
        assert admin.post(page, {"reason": "Spam.", "current_password": "wrong"}).status_code == 200
    refused = admin.post(page, {"reason": "Spam.", "current_password": PASSWORD})
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    alice.refresh_from_db()
    assert not alice.is_suspended


def test_who_may_not_do_it_is_not_asked(alice_page):
    support = sign_in(new_operator("support"))
    make_older(support, **{CONFIRMED: 600})
    assert support.get(f"{alice_page}suspend/").status_code == 403
    assert state_of(support)[CONFIRMED]
