"""Registering, logging in and out, and setting a forgotten password."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import document_of, go, go_by_enter
from tests.browser.people import sign_in
from tests.browser.sound import assert_sound
from tests.contract.talking import register
from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name
from tests.mails import delivered, link_in, new_address

NEW = "battery staple correct"
PASTE = """(field, text) => {
    const carried = new DataTransfer()
    carried.setData('text', text)
    return field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: carried, bubbles: true, cancelable: true}))
}"""


def heading(page):
    return page.inner_text("h1")


@pytest.mark.promise(1, 24)
@pytest.mark.parametrize("javascript", [True, False])
def test_somebody_registers_logs_out_and_logs_in(browser_page, javascript):
    page, name = browser_page(javascript=javascript), new_name()
    page.goto("/")
    go(page.locator("main").get_by_role("link", name="Register"))
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    go(page.get_by_role("button", name="Register"))
    assert heading(page) == "Inbox"
    go(page.get_by_role("button", name="Log out"))
    assert page.get_by_role("status").inner_text() == "You are logged out."
    go(page.locator("main").get_by_role("link", name="Log in"))
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    go_by_enter(page)
    assert heading(page) == "Inbox"
    assert name in page.locator("footer").inner_text()


@pytest.mark.promise(2, 24)
def test_the_form_to_log_in_is_sound_and_tells_nothing_of_what_is_wrong(browser_page, alice):
    page = browser_page(javascript=False)
    page.goto("/login?next=/search")
    assert page.title() == "Log in · Chat"
    assert_sound(page)
    said = []
    for username in (alice.username, new_name()):
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill("a wrong password")
        go_by_enter(page)
        said.append(page.get_by_role("alert").inner_text())
        assert page.get_by_label("Username").input_value() == username
        assert page.get_by_label("Password").input_value() == ""
        expect(page.get_by_label("Password")).to_be_focused()
    assert said == ["There is a problem\nThe username or the password is not right."] * 2
    assert_sound(page)
    page.get_by_label("Username").fill(alice.username)
    page.get_by_label("Password").fill(PASSWORD)
    go_by_enter(page)
    assert page.url.endswith("/search")


@pytest.mark.promise(2, 24)
def test_the_form_to_register_is_sound_and_its_faults_lead_to_their_fields(browser_page, alice):
    page = browser_page(javascript=False)
    page.goto("/register")
    assert page.title() == "Register · Chat"
    assert "at least 8 characters" in page.inner_text("main")
    assert_sound(page)
    page.get_by_label("Username").fill(alice.username.upper())
    page.get_by_label("Password").fill(NEW)
    go(page.get_by_role("button", name="Register"))
    fault = "Somebody has this name already. Please choose another one."
    username = page.get_by_label("Username")
    expect(username).to_be_focused()
    assert username.get_attribute("aria-invalid") == "true"
    for described in username.get_attribute("aria-describedby").split():
        assert page.locator(f"#{described}").inner_text()
    assert_sound(page)
    page.get_by_label("Password").focus()
    page.get_by_role("link", name=fault).click()
    expect(username).to_be_focused()


@pytest.mark.promise(24)
@pytest.mark.parametrize(("path", "kind"), [("/login", "current-password"), ("/register", "new-password")])
def test_password_stores_know_the_fields_and_whatever_is_pasted_arrives(page, path, kind):
    page.goto(path)
    assert page.get_by_label("Username").get_attribute("autocomplete") == "username"
    password = page.get_by_label("Password")
    assert (password.get_attribute("autocomplete"), password.get_attribute("type")) == (kind, "password")
    assert password.evaluate(PASTE, NEW)  # nobody stops it
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", "x" * 200)
    password.focus()
    page.keyboard.press("Control+V")
    assert password.input_value() == "x" * 200


@pytest.mark.promise(4)
def test_keys_alone_lead_in_and_out(browser_page, alice):
    page = browser_page(javascript=False)
    page.goto("/login")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(alice.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    go_by_enter(page)
    assert heading(page) == "Inbox"
    page.get_by_role("button", name="Log out").focus()
    go_by_enter(page)
    assert page.get_by_role("status").inner_text() == "You are logged out."


@pytest.mark.promise(24)
@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example/"])
def test_nobody_is_led_to_another_site(page, alice, elsewhere, server):
    sign_in(page, alice, path=f"/login?next={elsewhere}")
    assert page.url == f"{server.url}/inbox"


@pytest.mark.promise(22)
def test_a_session_that_ended_while_somebody_was_typing_keeps_the_text(browser_page, alice, bob):
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/new")
    text = "Dear Bob,\n\nthis took me\nan hour. <b>Really</b>"
    page.get_by_label("To").fill(bob.username)
    page.get_by_label("Message").fill(text)
    assert alice.api.delete("auth/sessions", headers=alice.headers).json() == {"ended": 1}
    go(page.get_by_role("button", name="Send"))
    assert heading(page) == "Log in"
    assert document_of(page).status == 403
    assert "What you wrote is kept" in page.get_by_role("status").inner_text()
    assert_sound(page)
    for password in ("a wrong password", PASSWORD):
        page.get_by_label("Username").fill(alice.username)
        page.get_by_label("Password").fill(password)
        go_by_enter(page)
    assert page.get_by_label("To").input_value() == bob.username
    assert page.get_by_label("Message").input_value() == text
    assert bob.history()["messages"] == []
    go(page.get_by_role("button", name="Send"))
    assert [message["content"] for message in bob.history()["messages"]] == [text]


@pytest.mark.promise(22)
def test_logging_in_again_in_another_tab_leaves_the_text_to_be_copied(browser_page, alice, bob):
    """It changes the token that all forms have, so the one that was open is refused."""
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/new")
    page.get_by_label("To").fill(bob.username)
    page.get_by_label("Message").fill("this took me an hour")
    tab = page.context.new_page()
    tab.goto("/")
    go(tab.get_by_role("button", name="Log out"))
    sign_in(tab, alice)
    go(page.get_by_role("button", name="Send"))
    assert (document_of(page).status, heading(page)) == (403, "This form is out of date")
    assert page.get_by_label("What you wrote").input_value() == "this took me an hour"
    assert bob.history()["messages"] == []
    assert_sound(page)


@pytest.mark.promise(1, 2, 24)
def test_a_forgotten_password_is_set_by_a_link_that_works_once(browser_page, api):
    page, credentials = browser_page(javascript=False), register(api)
    name = credentials["username"]
    elsewhere = api.post("auth/login", json=credentials).json()
    confirm_address(page, api, elsewhere, name)

    page.goto("/login")
    go(page.get_by_role("link", name="Forgot your password?"))
    assert_sound(page)
    said = []
    for address in (new_address(new_name()), new_address(name)):
        page.goto("/password/forgot")
        page.get_by_label("E-mail address").fill(address)
        go(page.get_by_role("button", name="Send a link"))
        said.append(page.inner_text("main"))
    assert said[0] == said[1]
    assert_sound(page)

    link = link_in(message_to(name, 2))
    page.goto(link)
    assert "link" not in page.title()
    page.get_by_label("New password").fill("12345678")
    go(page.get_by_role("button", name="Set the password"))
    assert "This password is too common." in page.get_by_role("alert").inner_text()
    assert page.get_by_label("New password").input_value() == ""
    assert_sound(page)
    page.get_by_label("New password").fill(NEW)
    go(page.get_by_role("button", name="Set the password"))
    assert heading(page) == "The password is set"
    assert_sound(page)
    assert api.get("users/me", headers={"Authorization": f"Bearer {elsewhere['token']}"}).status_code == 401

    page.goto(link)
    assert (document_of(page).status, heading(page)) == (400, "This link doesn't work any more")
    assert_sound(page)
    page.goto("/login")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(NEW)
    go_by_enter(page)
    assert heading(page) == "Inbox"


def confirm_address(page, api, answer, name):
    """Give somebody an address, by the link that is sent there."""
    change = {"email": new_address(name), "current_password": PASSWORD}
    headers = {"Authorization": f"Bearer {answer['token']}"}
    assert api.patch("users/me", json=change, headers=headers).status_code == 200
    page.goto(link_in(message_to(name, 1)))
    assert re.search(f"The account {name} is to have the address {name}@example.org", page.inner_text("main"))
    assert_sound(page)
    go(page.get_by_role("button", name="Confirm the address"))
    assert heading(page) == "The address is confirmed"
    assert_sound(page)


def message_to(name, number):
    """Return a message that was sent there."""
    address = new_address(name)
    wait_until(lambda: len(delivered(address)) >= number)
    return delivered(address)[number - 1].get_content()
