"""The inbox and all messages, in a browser."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.pages import document_of, go, go_by_enter
from tests.browser.people import sign_in
from tests.browser.sound import assert_sound
from tests.contract.talking import Person

PAGE = 25  # conversations


def send(sender: Person, recipient: Person, *contents: str) -> list[str]:
    """Send messages, one after the other; return their ids."""
    answers = [sender.send(recipient.username, content) for content in contents]
    assert {answer.status_code for answer in answers} == {201}
    return [answer.json()["id"] for answer in answers]


def row(page: Page, peer: Person) -> Locator:
    """The row of the conversation with somebody."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=peer.username))


def menu(page: Page, peer: Person) -> Locator:
    return row(page, peer).locator("summary")


def peers(page: Page) -> list[str]:
    return page.locator(".list .name bdi").all_inner_texts()


def change(person: Person, peer: Person, **flags: bool) -> None:
    answer = person.api.patch(f"conversations/{peer.username}", json=flags, headers=person.headers)
    assert answer.status_code == 200


@pytest.mark.promise(1, 2, 3, 10)
@pytest.mark.parametrize("javascript", [True, False])
def test_the_inbox_is_sound(browser_page, enter, alice, bob, javascript):
    carol, dave, erin = enter(), enter(), enter()
    send(bob, alice, "earlier " + "word " * 60)
    send(alice, bob, "mine")
    (gone,) = send(carol, alice, "gone")
    carol.api.delete(f"messages/{gone}", params={"for": "everyone"}, headers=carol.headers)
    send(dave, alice, "x" * 300, "שלום")
    send(erin, alice, "hush")
    change(alice, erin, muted=True)
    page = browser_page(javascript=javascript)
    sign_in(page, alice)
    page.goto("/inbox")
    assert page.title() == "(3) Inbox · Chat"
    expect(row(page, bob).locator(".preview")).to_have_text("You: mine")
    expect(row(page, carol).locator(".preview")).to_have_text("This message was deleted.")
    menu(page, dave).click()
    assert_sound(page)


@pytest.mark.promise(10)
def test_what_is_new_stands_first_and_says_so_without_colours(browser_page, enter, alice, bob):
    carol = enter()
    send(carol, alice, "new", "newer")
    send(bob, alice, "hello")
    send(alice, bob, "the last of all")
    page = browser_page(javascript=False, forced_colors=True)
    sign_in(page, alice)
    page.goto("/inbox")
    assert peers(page) == [carol.username, bob.username]
    assert page.locator("h2").all_inner_texts() == ["New", "Earlier"]
    expect(row(page, carol).get_by_role("link")).to_have_accessible_name(f"{carol.username} 2 unread messages")
    expect(row(page, carol).locator(".count")).to_have_text("2")
    assert page.get_by_role("list", name="New").get_by_role("link").count() == 1
    edge = "element => getComputedStyle(element).borderInlineStartStyle"
    assert row(page, carol).evaluate(edge) == "solid"
    assert row(page, bob).evaluate(edge) == "none"


@pytest.mark.promise(10)
def test_all_of_a_row_is_one_link_but_for_its_menu(browser_page, alice, bob):
    send(bob, alice, "hello")
    page = browser_page(javascript=False)
    sign_in(page, alice)
    for part in (0.01, 0.5, 0.9):
        page.goto("/inbox")
        assert row(page, bob).get_by_role("link").count() == 1
        box = row(page, bob).bounding_box()
        assert box
        page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] - 6)
        page.wait_for_url(f"**/with/{bob.username}*")


@pytest.mark.promise(4, 10)
def test_a_row_is_marked_as_read_and_as_unread_by_keyboard_alone(browser_page, alice, bob):
    send(bob, alice, "hello")
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/inbox")
    for button, title in (("Mark as read", "Inbox · Chat"), ("Mark as unread", "(1) Inbox · Chat")):
        row(page, bob).get_by_role("link").focus()
        page.keyboard.press("Tab")
        expect(menu(page, bob)).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=button, exact=True)).to_be_focused()
        go_by_enter(page)
        assert document_of(page).status == 200
        expect(page).to_have_title(title)


@pytest.mark.promise(10)
def test_a_button_comes_back_to_the_same_place(browser_page, enter, alice):
    people = [enter() for _ in range(12)]
    for person in people:
        send(person, alice, "hello")
    page = browser_page(javascript=False, width=320)
    sign_in(page, alice)
    page.goto("/inbox?show=unread")
    tenth = people[2]  # the last one to write stands first
    menu(page, tenth).click()
    with page.expect_navigation():
        row(page, tenth).get_by_role("button", name="Archive").click()
    assert page.url.endswith("/inbox?show=unread#row-9")
    expect(page.locator(".notice")).to_contain_text(f"The conversation with {tenth.username} is archived.")
    assert len(peers(page)) == 11
    # What is at that place now can be seen.
    expect(row(page, people[1])).to_be_in_viewport()
    page.goto("/inbox?show=archived")
    assert peers(page) == [tenth.username]


@pytest.mark.promise(10)
def test_pages_are_addresses_and_lead_both_ways(browser_page, enter, alice):
    people = [enter() for _ in range(PAGE + 2)]
    for person in people:
        send(person, alice, "hello")
    order = [person.username for person in reversed(people)]
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/inbox")
    assert peers(page) == order[:PAGE]
    go(page.get_by_role("link", name="Older"))
    expect(page.get_by_role("link", name="Newer")).to_be_visible()
    assert peers(page) == order[PAGE:]
    bookmark = page.url
    go(page.get_by_role("link", name="Newer"))
    expect(page.get_by_role("link", name="Older")).to_be_visible()
    assert peers(page) == order[:PAGE]
    page.go_back()
    assert (page.url, peers(page)) == (bookmark, order[PAGE:])
    assert_sound(page, widths=[320])


@pytest.mark.promise(2, 12)
def test_everything_is_marked_as_read_and_empty_lists_say_what_to_do(browser_page, alice, bob):
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/inbox")
    expect(page.locator("main")).to_contain_text(alice.username)
    assert_sound(page)
    go(page.get_by_role("link", name="Write to somebody"))
    page.wait_for_url("**/new?*")
    send(bob, alice, "hello")
    page.goto("/inbox?show=unread")
    go(page.get_by_role("button", name="Mark everything as read"))
    expect(page.locator(".notice")).to_have_text("Everything is marked as read.")
    expect(page.locator(".empty")).to_contain_text("You have read everything.")
    assert_sound(page, widths=[320])
    go(page.get_by_role("link", name="Archived"))
    expect(page.locator(".empty")).to_contain_text("To archive a conversation, open the menu in its row")
    assert_sound(page, widths=[320])
    go(page.get_by_role("link", name="All", exact=True))
    assert peers(page) == [bob.username]
    change(alice, bob, archived=True)
    page.reload()
    go(page.get_by_role("link", name="Show them"))
    expect(row(page, bob)).to_be_visible()


@pytest.mark.promise(1, 2, 3, 11)
@pytest.mark.parametrize("javascript", [True, False])
def test_all_messages_are_sound(browser_page, alice, bob, javascript):
    (_, gone, _) = send(bob, alice, "hello\n  in lines", "gone", "https://example.org/" + "x" * 200)
    bob.api.delete(f"messages/{gone}", params={"for": "everyone"}, headers=bob.headers)
    send(alice, bob, "שלום")
    send(alice, alice, "note")
    page = browser_page(javascript=javascript)
    sign_in(page, alice)
    go(page.get_by_role("link", name="All messages, one by one"))
    page.wait_for_url("**/inbox/all")
    assert page.title() == "All messages · Chat"
    expect(page.locator(".gone")).to_have_text("This message was deleted.")
    assert_sound(page)


@pytest.mark.promise(11)
def test_all_messages_are_paged_both_ways_and_lead_to_their_places(browser_page, alice, bob):
    contents = [f"number {number}" for number in range(60)]
    ids = send(bob, alice, *contents)
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/inbox/all")
    texts = page.locator(".message .text")
    assert texts.all_inner_texts() == contents[:9:-1]
    go(page.get_by_role("link", name="Older"))
    page.wait_for_url(re.compile("before="))
    assert texts.all_inner_texts() == contents[9::-1]
    bookmark = page.url
    go(page.get_by_role("link", name="Newer"))
    page.wait_for_url(re.compile("after="))
    assert texts.all_inner_texts() == contents[:9:-1]
    page.goto(bookmark)
    go(page.locator(".message", has_text="number 5").locator(".side a"))
    page.wait_for_url(f"**/with/{bob.username}*#m-{ids[5]}")
    expect(page.locator(f"#m-{ids[5]} .text")).to_be_in_viewport()


@pytest.mark.promise(12)
def test_without_messages_the_page_of_all_is_sound(browser_page, alice):
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/inbox/all")
    expect(page.get_by_role("link", name="Write to somebody")).to_be_visible()
    assert_sound(page, widths=[320])
