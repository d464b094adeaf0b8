"""Writing to somebody, in a browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import document_of, go, go_by_enter
from tests.browser.people import sign_in
from tests.browser.sound import assert_sound
from tests.contract.talking import Person
from tests.factories import PASSWORD

NOBODY = "Nobody of this name takes messages from you."


def contents(person: Person) -> list[str]:
    """Return what somebody sent and got, newest first."""
    return [message["content"] for message in person.history()["messages"]]


def fill(page: Page, recipient: str, text: str) -> None:
    page.get_by_label("To", exact=True).fill(recipient)
    page.get_by_label("Message", exact=True).fill(text)


def press_send(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Send").click()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def page(request, browser_page, alice):
    """The form, as Alice sees it."""
    page = browser_page(javascript=request.param)
    sign_in(page, alice)
    go(page.get_by_role("link", name="New", exact=True))
    page.wait_for_url("**/new?key=*")
    return page


@pytest.mark.promise(1, 2, 3, 21, 23)
def test_a_message_is_written_and_sent(page, bob):
    assert page.title() == "New message · Chat"
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    assert_sound(page)
    fill(page, bob.username.upper(), "two\nlines")
    press_send(page)
    assert document_of(page).status == 200
    assert re.search(rf"/with/{bob.username}\b", page.url)
    expect(page.locator(".message .text")).to_have_text("two\nlines")
    assert contents(bob) == ["two\nlines"]


@pytest.mark.promise(21)
def test_a_double_click_sends_once(page, bob):
    fill(page, bob.username, "hello")
    page.get_by_role("button", name="Send").dblclick()
    page.wait_for_url(f"**/with/{bob.username}*")
    expect(page.locator(".message .text")).to_have_text("hello")
    assert contents(bob) == ["hello"]


@pytest.mark.promise(21)
def test_going_back_and_sending_again_and_reloading_send_once(page, bob):
    fill(page, bob.username, "hello")
    press_send(page)
    page.reload()
    while "/new" not in page.url:  # the conversation's address may have changed while it was looked at
        page.go_back()
    fill(page, bob.username, "hello")
    press_send(page)
    assert f"/with/{bob.username}" in page.url
    assert contents(bob) == ["hello"]
    # Who changes the text is asked whether that is another message.
    while "/new" not in page.url:
        page.go_back()
    fill(page, bob.username, "hello again")
    press_send(page)
    expect(page.get_by_role("alert")).to_contain_text("You have sent a message from this form before.")
    expect(page.get_by_label("Message", exact=True)).to_have_value("hello again")
    assert contents(bob) == ["hello"]
    press_send(page)
    assert contents(bob) == ["hello again", "hello"]


@pytest.mark.promise(2, 21, 23)
def test_errors_keep_the_text_and_have_the_cursor_in_the_first_wrong_field(page, bob):
    fill(page, "nobody-here", "one\ntwo")
    press_send(page)
    to = page.get_by_label("To", exact=True)
    expect(page.get_by_role("alert")).to_contain_text(NOBODY)
    expect(to).to_be_focused()
    expect(to).to_have_attribute("aria-invalid", "true")
    expect(to).to_have_accessible_description(re.compile(NOBODY))
    expect(page.get_by_label("Message", exact=True)).to_have_value("one\ntwo")
    assert_sound(page)
    page.get_by_role("alert").get_by_role("link").click()
    expect(to).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(bob.username)
    go_by_enter(page)
    assert contents(bob) == ["one\ntwo"]


@pytest.mark.promise(21)
def test_a_text_that_is_too_long_is_kept_and_the_numbers_are_told(page, bob):
    fill(page, bob.username, "x" * 3_999 + "\n\n")
    press_send(page)
    expect(page.get_by_role("alert")).to_contain_text("A message can have 4,000 characters at most; this has 4,001.")
    text = page.get_by_label("Message", exact=True)
    expect(text).to_be_focused()
    expect(text).to_have_value("x" * 3_999 + "\n\n")
    assert contents(bob) == []
    text.fill("x" * 3_999 + "\n")
    press_send(page)
    assert contents(bob) == ["x" * 3_999 + "\n"]


@pytest.mark.promise(22)
def test_a_session_that_ended_while_somebody_typed_loses_no_text(page, alice, bob):
    fill(page, bob.username, "half an hour of\nthinking")
    assert alice.api.delete("auth/sessions", headers=alice.headers).json()["ended"] == 1
    press_send(page)
    assert contents(bob) == []
    page.locator("[autocomplete=username]").fill(alice.username)
    page.locator("[autocomplete=current-password]").fill(PASSWORD)
    go_by_enter(page)
    expect(page.get_by_label("To", exact=True)).to_have_value(bob.username)
    expect(page.get_by_label("Message", exact=True)).to_have_value("half an hour of\nthinking")
    press_send(page)
    assert contents(bob) == ["half an hour of\nthinking"]


@pytest.mark.promise(23)
def test_unknown_people_and_those_who_blocked_one_read_alike(browser_page, alice, bob):
    assert bob.api.put(f"users/me/blocks/{alice.username}", headers=bob.headers).status_code == 204
    page = browser_page(javascript=False)
    sign_in(page, alice)
    told = []
    for name in ("nobody-here", bob.username):
        page.goto(f"/new?to={name}")
        page.get_by_label("Message", exact=True).fill("hello")
        press_send(page)
        told.append(page.locator("main").inner_text())
    assert told[0] == told[1]
    assert NOBODY in told[0]
    assert contents(bob) == []


@pytest.mark.promise(23)
def test_only_names_of_ones_own_conversations_are_suggested(browser_page, enter, alice, bob):
    stranger = enter()
    stranger.send(bob.username, "hello")
    bob.send(alice.username, "hello")
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/new")
    assert page.locator("datalist option").evaluate_all("all => all.map(one => one.value)") == [bob.username]
    assert page.get_by_label("To", exact=True).evaluate("field => field.list.id") == "names"
