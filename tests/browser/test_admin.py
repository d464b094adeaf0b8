"""The operators' pages, as browsers show them: every one sound, without a script, under the policy of all pages."""

import re

import pytest

from tests.browser.layout import assert_no_horizontal_scroll
from tests.browser.pages import document_of, go, go_by_enter
from tests.browser.people import sign_in
from tests.browser.sound import assert_sound
from tests.browser.validator import assert_valid_html
from tests.contract.talking import Person
from tests.factories import PASSWORD, new_name
from tests.server import manage

SIGN_IN = "/admin/login/?next=/admin/"
NEW_JOB = """
from chatsystem.jobs.models import Job
print(Job.objects.create(kind="jobs.forget", created_by_kind="service", created_by_name="service").pk)
"""
AGED = "from django.contrib.sessions.backends.db import SessionStore as S; s = S('{key}'); s['{what}'] = 0; s.save()"


@pytest.fixture(scope="module")
def operator(server, api):
    """Somebody who may do everything."""
    person = Person("", new_name(), "", api)
    environment = {**server.environment, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    manage(environment, "createsuperuser", "--noinput", f"--username={person.username}")
    return person


@pytest.fixture(scope="module")
def job(server):
    """The number of a job that waits: nobody works here."""
    return manage(server.environment, "shell", "--verbosity=0", "-c", NEW_JOB).strip()


@pytest.fixture
def desk(browser_page, operator):
    """A page on which the operator is signed in."""
    page = browser_page()
    sign_in(page, operator, path=SIGN_IN)
    return page


def person_path(person, what="change"):
    return f"/admin/accounts/user/{person.id}/{what}/"


def make_older(page, server, what):
    """Have something that the session in the admin remembers be very long ago."""
    cookie = next(one for one in page.context.cookies() if one["name"] == "admin_session")
    manage(server.environment, "shell", "--verbosity=0", "-c", AGED.format(key=cookie["value"], what=what))


def assert_readable(page):
    """As `assert_sound`, for a page of which another of the same template is looked at whole."""
    assert_valid_html(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert_no_horizontal_scroll(page)


def test_an_operator_signs_in_by_a_sound_page_and_out_again(browser_page, operator):
    page = browser_page(javascript=False)
    page.goto(SIGN_IN)
    assert_sound(page)
    page.locator("[name=username]").fill(operator.username)
    page.locator("[name=password]").fill("wrong horse battery")
    page.keyboard.press("Enter")
    page.get_by_text("Please enter the correct").wait_for()
    assert_sound(page)
    sign_in(page, operator, path=SIGN_IN)
    assert page.title() == "Overview | Chat: operators"
    go(page.get_by_role("button", name="Log out"))
    page.goto("/admin/")
    assert page.url.endswith("/admin/login/?next=/admin/")


def test_the_admin_has_no_script_and_its_cookie_is_its_own(desk):
    assert document_of(desk).headers["content-security-policy"].endswith("require-trusted-types-for 'script'")
    assert desk.locator("script").count() == 0
    cookies = {cookie["name"]: cookie for cookie in desk.context.cookies()}
    assert cookies["admin_session"]["path"] == "/admin/"
    assert (cookies["admin_session"]["httpOnly"], cookies["admin_session"]["sameSite"]) == (True, "Lax")
    assert "sessionid" not in cookies
    desk.goto("/inbox")
    assert "/login" in desk.url


def test_the_overview_is_sound_and_its_ways_lead_on(desk):
    assert desk.locator("h1").inner_text() == "Overview"
    assert_sound(desk)
    ways = desk.get_by_role("navigation", name="Main")
    for way in ways.get_by_role("link").all_inner_texts():
        go(ways.get_by_role("link", name=way, exact=True))
        assert document_of(desk).status == 200
        assert ways.locator("[aria-current=page]").inner_text() == way


def test_the_admin_is_english_whatever_the_browser_asks_for(browser_page, operator):
    page = browser_page(locale="de-DE")
    page.goto(SIGN_IN)
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_label("Password").count() == 1


@pytest.mark.parametrize(
    "path",
    [
        "/admin/accounts/user/",
        "/admin/accounts/user/add/",
        "/admin/chatsystem/auditentry/",
        "/admin/chatsystem/job/",
        "/admin/service/",
        "/admin/service/health/",
        "/admin/password_change/",
    ],
)
def test_pages_that_belong_to_nobody_are_sound(desk, job, path):
    desk.goto(path)
    assert document_of(desk).status == 200
    assert_sound(desk)


def test_a_list_is_searched_and_what_cannot_be_found_is_said(desk, alice):
    desk.goto("/admin/accounts/user/")
    desk.get_by_role("searchbox").or_(desk.locator("[name=q]")).first.fill(alice.username)
    go_by_enter(desk)
    go(desk.get_by_role("link", name=alice.username).first)
    assert desk.locator("h1").inner_text() == alice.username
    assert_sound(desk)
    desk.goto("/admin/accounts/user/?q=nobody-of-that-name")
    assert desk.get_by_text("Nobody like that.").count() == 1
    assert_sound(desk)


def test_a_person_is_suspended_and_let_in_again(desk, alice):
    desk.goto(person_path(alice))
    go(desk.get_by_role("link", name=re.compile("^Suspend")))
    assert_sound(desk)
    desk.locator("form.action").get_by_label("Reason").fill("Sells things to everybody.")
    desk.get_by_label(re.compile("^Until")).fill("2020-01-01T10:00")
    go(desk.locator("form.action button"))
    assert desk.title().startswith("Error: ")
    assert_sound(desk)
    desk.get_by_label(re.compile("^Until")).fill("")
    go(desk.locator("form.action button"))
    assert desk.get_by_role("status").first.inner_text().startswith(alice.username)
    assert desk.get_by_role("link", name="End the suspension").count() == 1
    assert_sound(desk)
    desk.goto(person_path(alice, "unsuspend"))
    assert_readable(desk)
    desk.locator("form.action").get_by_label("Reason").fill("It was somebody else.")
    go(desk.locator("form.action button"))
    assert desk.get_by_role("link", name=re.compile("^Suspend")).count() == 1
    assert desk.get_by_role("cell", name="It was somebody else.").count() == 1


@pytest.mark.parametrize("what", ["end-sessions", "reset-link", "clear-limits", "role", "password"])
def test_forms_about_a_person_are_readable(desk, alice, what):
    desk.goto(person_path(alice, what))
    assert document_of(desk).status == 200
    assert_readable(desk)


def test_a_reset_link_is_shown_once_and_the_page_is_sound(desk, alice):
    desk.goto(person_path(alice, "reset-link"))
    desk.locator("form.action").get_by_label("Reason").fill("Forgot it, and has no address.")
    go(desk.locator("form.action button"))
    assert document_of(desk).headers["cache-control"].startswith("no-store")
    assert_sound(desk)


def test_an_entry_of_the_audit_log_a_job_and_their_forms_are_sound(desk, job, alice, server):
    manage(server.environment, "role", "grant", alice.username, "auditor", "--reason=A test.")
    desk.goto("/admin/chatsystem/auditentry/")
    go(desk.locator("tbody a").first)
    assert_sound(desk)
    desk.goto("/admin/chatsystem/auditentry/export/")
    assert_readable(desk)
    desk.goto(f"/admin/chatsystem/job/{job}/change/")
    assert_readable(desk)
    desk.goto(f"/admin/chatsystem/job/{job}/cancel/")
    assert_readable(desk)


@pytest.mark.parametrize("what", ["registration/", "read-only/", "notice/", "limits/send/"])
def test_forms_of_the_service_are_readable(desk, what):
    desk.goto(f"/admin/service/{what}")
    assert document_of(desk).status == 200
    assert_readable(desk)


def test_whoever_gave_their_password_long_ago_is_asked_again_and_goes_on_where_they_were(desk, alice, server):
    make_older(desk, server, "confirmed")
    desk.goto(person_path(alice, "suspend"))
    assert desk.locator("h1").inner_text() == "Confirm that it's you"
    assert_sound(desk)
    desk.get_by_label("Your password").fill("wrong horse battery")
    go_by_enter(desk)
    assert desk.get_by_label("Your password").get_attribute("aria-invalid") == "true"
    assert_readable(desk)
    desk.get_by_label("Your password").fill(PASSWORD)
    desk.keyboard.press("Enter")
    desk.locator("form.action").get_by_label("Reason").wait_for()


def test_what_was_typed_until_somebody_was_signed_out_is_there_to_be_copied(desk, operator, alice, server):
    desk.goto(person_path(alice, "end-sessions"))
    desk.locator("form.action").get_by_label("Reason").fill("They asked,\nby phone.")
    make_older(desk, server, "seen")
    go(desk.locator("form.action button"))
    assert (document_of(desk).status, desk.locator("h1").inner_text()) == (403, "You are signed out")
    assert desk.get_by_label("Reason").input_value() == "They asked,\nby phone."
    assert desk.get_by_label("Reason").get_attribute("readonly") is not None
    assert_sound(desk)
    sign_in(desk, operator, path=desk.get_by_role("link", name="Sign in").get_attribute("href"))
    assert desk.url.endswith(person_path(alice, "end-sessions"))


def test_what_a_role_may_not_see_is_refused_by_a_sound_page(browser_page, server, enter):
    person = enter()
    manage(server.environment, "role", "grant", person.username, "support", "--reason=A test.")
    page = browser_page()
    sign_in(page, person, path=SIGN_IN)
    assert page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts() == ["People", "Health"]
    page.goto("/admin/chatsystem/auditentry/")
    assert document_of(page).status == 403
    assert_sound(page)
