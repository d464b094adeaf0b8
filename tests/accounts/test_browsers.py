"""Browser sessions: Django's cookie names one of ours, which stands in the list with all others."""

from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session as CookieSession
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from accounts.services.sessions import end_session, end_sessions, list_sessions
from chatsystem.middleware import ADMIN_COOKIE
from tests.admin import state_of
from tests.chatsystem.rate_limits.making import ALL
from tests.factories import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def operator(alice):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    return alice


@pytest.fixture
def browser():
    return Client(headers={"User-Agent": FIREFOX}, REMOTE_ADDR="203.0.113.7")


def log_in(browser, person, password=PASSWORD):
    return browser.post("/admin/login/", {"username": person.username, "password": password, "next": "/admin/"})


def is_in(browser):
    response = browser.get("/admin/")
    assert response.status_code in {200, 302}
    return response.status_code == 200


def test_logging_in_by_a_page_starts_a_session(browser, operator):
    log_in(browser, operator)
    assert is_in(browser)
    (session,) = list_sessions(person=operator)
    assert (session.kind, session.device, session.address_prefix) == ("browser", "Firefox on Linux", "203.0.113.0/24")


def test_a_wrong_password_starts_none(browser, operator):
    assert log_in(browser, operator, "not the password").status_code == 200
    assert not is_in(browser)
    assert list_sessions(person=operator) == []


def test_logging_out_ends_it(browser, operator):
    log_in(browser, operator)
    cookie = browser.cookies[ADMIN_COOKIE].value
    browser.post("/admin/logout/")
    assert not is_in(browser)
    assert [session.end_reason for session in operator.sessions.all()] == ["logged_out"]
    browser.cookies[ADMIN_COOKIE] = cookie  # of somebody who had copied it
    assert not is_in(browser)


def test_logging_in_again_leaves_one_session(browser, operator):
    log_in(browser, operator)
    log_in(browser, operator)
    assert is_in(browser)
    assert len(list_sessions(person=operator)) == 1
    assert sorted(session.end_reason for session in operator.sessions.all()) == ["", "logged_out"]


def test_ending_it_puts_the_browser_out_at_the_next_request_and_its_cookie_is_gone(browser, operator):
    log_in(browser, operator)
    assert is_in(browser)
    (session,) = list_sessions(person=operator)
    end_session(person=operator, session_id=session.pk)
    key = browser.cookies[ADMIN_COOKIE].value
    assert not is_in(browser)
    assert not CookieSession.objects.filter(session_key=key).exists()
    assert browser.cookies[ADMIN_COOKIE].value == ""


def test_ending_all_ends_browsers_and_programs(browser, operator):
    log_in(browser, operator)
    Client().post(
        "/api/v1/auth/login", {"username": operator.username, "password": PASSWORD}, content_type="application/json"
    )
    assert end_sessions(person=operator, reason=Session.End.OPERATOR) == 2
    assert not is_in(browser)


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"suspended_at": timezone.now()}, {"is_staff": False}], ids=" ".join
)
def test_whoever_may_not_any_more_is_out_at_the_next_request(browser, operator, change):
    log_in(browser, operator)
    assert is_in(browser)
    for field, value in change.items():
        setattr(operator, field, value)
    operator.save()
    assert not is_in(browser)


def test_a_session_that_nobody_used_for_a_month_is_over(browser, operator):
    log_in(browser, operator)
    operator.sessions.update(last_seen_at=timezone.now() - timedelta(days=30))
    assert not is_in(browser)


@pytest.mark.parametrize("missing", [SESSION_KEY, "session"])
def test_a_cookie_of_before_or_with_less_in_it_is_nobody(browser, operator, missing):
    log_in(browser, operator)
    kept = state_of(browser)
    del kept[missing]
    kept.save()
    assert not is_in(browser)


def test_a_known_browser_costs_one_query_for_the_cookie_and_none_for_the_person(
    browser, operator, django_assert_num_queries
):
    log_in(browser, operator)
    browser.get("/admin/password_change/")
    with django_assert_num_queries(1):
        browser.get("/admin/password_change/")


def test_somebody_who_is_suspended_is_told_so_by_a_page(browser, operator):
    operator.suspended_at = timezone.now()
    operator.suspension_reason = "Spam."
    operator.save()
    answer = log_in(browser, operator)
    assert answer.status_code == 403
    assert "This account is suspended. Spam." in answer.text
    assert "suspended" not in log_in(browser, operator, "not the password").text
    assert list_sessions(person=operator) == []


def test_pages_log_ins_are_limited_before_the_password_is_looked_at(browser, operator, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**ALL, "login": (3, 900)}
    assert [log_in(browser, operator, "no").status_code for _ in range(3)] == [200] * 3
    refused = log_in(browser, operator)
    assert refused.status_code == 429
    assert refused["RateLimit-Policy"] == '"login";q=3;w=900, "login-address";q=100;w=900'
    assert 0 < int(refused["Retry-After"]) <= 900
    assert list_sessions(person=operator) == []


@pytest.mark.parametrize("username", ["", "a\0b", "x" * 17, "\u202e"])
def test_a_name_that_cannot_be_is_only_wrong(browser, db, username):
    answer = browser.post("/admin/login/", {"username": username, "password": PASSWORD})
    assert answer.status_code == 200
