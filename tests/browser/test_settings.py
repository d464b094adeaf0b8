"""Settings, as people use them: every page sound, filled, empty and wrong, with scripts and without."""

import re
from contextlib import closing

import httpx
import pytest

from tests.browser.pages import document_of, go, go_by_enter
from tests.browser.people import sign_in
from tests.browser.sound import assert_sound
from tests.contract.talking import log_in
from tests.factories import PASSWORD

NEW = "battery staple correct"
SECTIONS = ["Profile", "E-mail", "Password", "Sessions", "Blocked people", "Reports", "Appearance"]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(request, browser_page, alice):
    """A page on which alice is logged in, with JavaScript and without."""
    page = browser_page(javascript=request.param)
    sign_in(page, alice)
    return page


@pytest.fixture
def plain_page(browser_page, alice):
    page = browser_page(javascript=False)
    sign_in(page, alice)
    return page


@pytest.mark.promise(1, 2, 3)
def test_every_section_is_reached_by_links_and_is_sound(page):
    page.goto("/inbox")
    go(page.get_by_role("navigation", name="Main").get_by_role("link", name="Settings"))
    sections = page.get_by_role("navigation", name="Settings")
    assert sections.get_by_role("link").all_inner_texts() == SECTIONS
    for section in SECTIONS:
        go(sections.get_by_role("link", name=section, exact=True))
        assert page.locator("h1").inner_text() == section
        assert page.title() == f"{section} \u00b7 Settings \u00b7 Chat"
        assert sections.locator("[aria-current=page]").inner_text() == section
        assert document_of(page).headers["cache-control"] == "no-store"
        assert_sound(page)


@pytest.mark.promise(4)
def test_a_profile_is_saved_by_keyboard_alone(plain_page):
    page = plain_page
    page.goto("/settings")
    page.get_by_label("Display name").focus()
    page.keyboard.type("\u00c9lodie")
    page.keyboard.press("Tab")
    page.keyboard.type("Zurich")
    page.keyboard.press("Tab")
    page.keyboard.type("Deutsch")
    page.keyboard.press("Tab")
    go_by_enter(page)
    assert page.get_by_role("status").inner_text() == "Dein Profil ist gespeichert."
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("select[name=time_zone]").input_value() == "Europe/Zurich"
    assert page.locator("input[name=display_name]").input_value() == "\u00c9lodie"


@pytest.mark.promise(2)
def test_pages_are_sound_in_german_too(plain_page):
    page = plain_page
    page.goto("/settings")
    page.get_by_label("Language").select_option("de")
    go(page.get_by_role("button", name="Save"))
    for path in ("/settings", "/settings/sessions", "/settings/appearance"):
        page.goto(path)
        assert_sound(page, widths=[320])


@pytest.mark.promise(2)
def test_a_wrong_password_is_told_above_the_form_and_beside_its_field_which_has_the_cursor(page):
    page.goto("/settings/password")
    page.get_by_label("Current password").fill("wrong")
    page.get_by_label("New password").fill(NEW)
    go(page.get_by_role("button", name="Change the password"))
    faults = page.get_by_role("alert")
    assert faults.get_by_role("link").all_inner_texts() == ["This is not your current password."]
    field = page.get_by_label("Current password")
    assert field.get_attribute("aria-invalid") == "true"
    assert page.evaluate("document.activeElement.name") == "current_password"
    faults.get_by_role("link").click()
    assert page.evaluate("document.activeElement.name") == "current_password"
    assert_sound(page)


@pytest.mark.promise(25)
def test_a_new_password_ends_programs_sessions_and_keeps_this_one(plain_page, alice):
    page = plain_page
    page.goto("/settings/password")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW)
    go(page.get_by_role("button", name="Change the password"))
    assert page.get_by_role("status").inner_text() == "Your password is changed, and all your other sessions are ended."
    assert alice.get("users/me").status_code == 401
    page.goto("/inbox")
    assert page.locator("h1").inner_text() == "Inbox"


@pytest.mark.promise(1, 25)
def test_sessions_of_browsers_and_programs_are_listed_and_ended_one_by_one_or_all_others(
    page, browser_page, alice, server
):
    credentials = {"username": alice.username, "password": PASSWORD}
    with closing(httpx.Client(base_url=f"{server.url}/api/v1")) as client:
        script = log_in(client, credentials, **{"User-Agent": "curl/8.5.0"})
        elsewhere = browser_page(javascript=False, user_agent=FIREFOX)
        sign_in(elsewhere, alice)
        page.goto("/settings/sessions")
        rows = [row.inner_text() for row in page.locator("tbody tr").all()]
        assert len(rows) == 4
        assert [("this one" in row, "program" in row) for row in rows].count((True, False)) == 1
        (row,) = [row for row in rows if "curl 8.5.0" in row]
        assert re.search(r"127\.0\.0\.0/24\s+\d\d:\d\d\s+\d\d:\d\d\s+End", row)
        assert sum("Firefox on Linux" in row and "program" not in row for row in rows) == 1
        assert_sound(page)

        go(page.get_by_role("button", name="End curl 8.5.0"))
        assert page.get_by_role("status").inner_text() == "The session is ended."
        me = client.get("users/me", headers={"Authorization": f"Bearer {script['token']}"})
        assert me.status_code == 401
        elsewhere.goto("/inbox")
        assert elsewhere.locator("h1").inner_text() == "Inbox"

        go(page.get_by_role("button", name="End all other sessions"))
        assert page.get_by_role("status").inner_text() == "2 sessions are ended."
        assert len(page.locator("tbody tr").all()) == 1
        elsewhere.goto("/inbox")
        assert elsewhere.locator("h1").inner_text() == "Log in"
        assert alice.get("users/me").status_code == 401
    page.goto("/inbox")
    assert page.locator("h1").inner_text() == "Inbox"


@pytest.mark.promise(1)
def test_people_are_blocked_and_unblocked_by_name(page, bob):
    page.goto("/settings/blocked")
    page.get_by_label("Username").fill(bob.username)
    go(page.get_by_role("button", name="Block", exact=True))
    assert page.get_by_role("status").inner_text() == f"You get no messages from {bob.username} any more."
    assert_sound(page)
    go(page.get_by_role("button", name=f"Unblock {bob.username}"))
    assert page.get_by_text("You block nobody.").is_visible()
    page.get_by_label("Username").fill("nobody-at-all")
    go(page.get_by_role("button", name="Block", exact=True))
    assert page.get_by_role("alert").get_by_role("link").all_inner_texts() == ["Nobody has this name."]
    assert page.get_by_label("Username").input_value() == "nobody-at-all"
    assert_sound(page)


@pytest.mark.promise(2)
def test_an_address_that_is_pending_is_shown_and_sound(plain_page, alice):
    page = plain_page
    page.goto("/settings/email")
    page.get_by_label("New address").fill(f"{alice.username}@example.org")
    page.get_by_label("Your password").fill(PASSWORD)
    go(page.get_by_role("button", name="Send a link to it"))
    assert page.get_by_text("A link to confirm a new address is on its way to it.").is_visible()
    assert_sound(page)


BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"
PAPER = {"light": "rgb(251, 250, 247)", "dark": "rgb(23, 25, 28)"}


@pytest.mark.promise(8)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_dark_by_the_systems_preference(browser_page, scheme):
    page = browser_page(scheme=scheme, javascript=False)
    page.goto("/")
    assert page.evaluate(BACKGROUND) == PAPER[scheme]
    assert page.locator("html").get_attribute("data-theme") is None


@pytest.mark.promise(8)
@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize(("system", "theme"), [("light", "Dark"), ("dark", "Light")])
def test_a_saved_theme_wins_over_the_systems_from_the_first_byte_on(browser_page, alice, javascript, system, theme):
    page = browser_page(scheme=system, javascript=javascript)
    sign_in(page, alice)
    page.goto("/settings/appearance")
    page.get_by_label(theme).check()
    go(page.get_by_role("button", name="Save"))
    assert page.get_by_role("status").inner_text() == "Saved for this browser."
    for path in ("/settings/appearance", "/inbox", "/nothing-here"):
        page.goto(path)
        # No flash: it stands in the page as the server sent it, before any style sheet or script is asked for.
        head = document_of(page).text()[:400]
        assert f'data-theme="{theme.lower()}"' in head
        assert f'<meta name="color-scheme" content="{theme.lower()}">' in head
        assert page.evaluate(BACKGROUND) == PAPER[theme.lower()]
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "theme"]
    assert cookie["httpOnly"]
    page.goto("/settings/appearance")
    page.get_by_label("As the system has it").check()
    go(page.get_by_role("button", name="Save"))
    page.get_by_role("status").wait_for()
    assert page.evaluate(BACKGROUND) == PAPER[system]
    assert "theme" not in {cookie["name"] for cookie in page.context.cookies()}


@pytest.mark.promise(20)
def test_settings_work_while_cassandra_is_away(plain_page, parts, hanging, troubles):
    page = plain_page
    with hanging(parts.cassandra):
        for path in ("", "/email", "/password", "/sessions", "/blocked", "/reports", "/appearance"):
            page.goto(f"/settings{path}")
            assert document_of(page).status == 200
        page.goto("/settings")
        page.get_by_label("Display name").fill("Alice")
        go(page.get_by_role("button", name="Save"))
        assert page.get_by_role("status").inner_text() == "Your profile is saved."
