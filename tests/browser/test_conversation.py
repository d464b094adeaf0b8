"""A conversation, read and written in a browser."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.layout import tab_through
from tests.browser.pages import document_of, go
from tests.browser.people import sign_in
from tests.browser.sound import assert_sound
from tests.browser.weight import paint
from tests.contract.talking import Person

LONG = "word " * 30


def send(sender: Person, recipient: Person, *contents: str) -> list[str]:
    """Send messages, one after the other; return their ids."""
    answers = [sender.send(recipient.username, content) for content in contents]
    assert {answer.status_code for answer in answers} == {201}
    return [answer.json()["id"] for answer in answers]


def numbers(first: int, last: int) -> list[str]:
    return [f"{LONG}{number}" for number in range(first, last + 1)]


def text_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def last_words(page: Page) -> list[str]:
    """Return the last word of each message that the page has."""
    return [text.rsplit(maxsplit=1)[-1] for text in page.locator(".message .text").all_inner_texts()]


def is_in_view(page: Page, text: str) -> bool:
    """Whether all of a message can be seen, above the composer."""
    box = page.locator(".message .text", has_text=re.compile(rf"\b{text}$")).bounding_box()
    composer = page.locator(".composer").bounding_box()
    assert box
    assert composer
    return box["y"] >= 0 and box["y"] + box["height"] <= composer["y"] + 1


def unread(person: Person, peer: Person) -> int:
    count: int = person.get(f"conversations/{peer.username}").json()["unread"]["count"]
    return count


@pytest.mark.promise(1, 2, 3)
@pytest.mark.parametrize("javascript", [True, False])
def test_a_conversation_is_sound(browser_page, alice, bob, javascript):
    cyrillic = "https://\u0440\u0430\u0443\u0440\u0430l.com/ and "
    asked, gone, *_ = send(alice, bob, "a question", "gone", cyrillic + "x" * 200, "שלום, and *more*")
    alice.api.delete(f"messages/{gone}", params={"for": "everyone"}, headers=alice.headers)
    bob.post("messages/send", {"recipient": alice.username, "content": "an answer\n\n  in lines", "reply_to": asked})
    send(alice, bob, "new")
    page = browser_page(javascript=javascript)
    sign_in(page, bob)
    page.goto(f"/with/{alice.username}?reply={asked}")
    assert page.title() == f"{alice.username} · Chat"
    assert page.locator("h1").inner_text() == alice.username
    assert_sound(page)
    page.goto(f"/message/{asked}/actions")
    assert_sound(page)


@pytest.mark.promise(1, 2, 3)
def test_a_conversation_with_faults_is_sound(browser_page, alice, bob):
    send(alice, bob, "hello")
    page = browser_page(javascript=False)
    sign_in(page, bob)
    page.goto(f"/with/{alice.username}")
    text_field(page).fill(" \n ")
    go(page.get_by_role("button", name="Send"))
    expect(page.get_by_role("alert")).to_contain_text("A message must have more in it than white space.")
    expect(text_field(page)).to_be_focused()
    assert_sound(page)
    page.goto(f"/with/{alice.username}?date=soon")
    assert document_of(page).status == 400
    expect(page.get_by_label("Go to a day")).to_be_focused()
    assert_sound(page, widths=[320])


@pytest.mark.promise(1, 2, 3)
def test_pages_without_messages_are_sound(browser_page, alice, bob):
    page = browser_page(javascript=False)
    sign_in(page, bob)
    page.goto(f"/with/{alice.username}")
    assert document_of(page).status == 404
    assert_sound(page)
    send(alice, bob, "hello")
    page.goto(f"/with/{alice.username}?date=2999-01-01")
    expect(page.locator(".empty")).to_have_text("There is nothing on that day, and nothing after it.")
    assert_sound(page, widths=[320])


@pytest.mark.promise(1, 2, 3)
@pytest.mark.parametrize("page_name", ["edit", "delete", "remove"])
def test_pages_that_change_a_message_are_sound(browser_page, alice, bob, page_name):
    (sent,) = send(alice, bob, "hello")
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto(f"/message/{sent}/{page_name}")
    assert_sound(page)


@pytest.mark.promise(13)
@pytest.mark.parametrize("javascript", [True, False])
def test_it_opens_at_the_first_unread_message_and_its_line_stays(browser_page, alice, bob, javascript):
    sent = send(alice, bob, *numbers(1, 20))
    bob.post(f"conversations/{alice.username}/read", {"up_to": sent[9]})
    page = browser_page(javascript=javascript, reduced_motion=True)
    sign_in(page, bob)
    page.goto(f"/with/{alice.username}")
    line = page.locator(".unread")
    for _ in range(2):
        expect(line).to_have_text("New")
        assert page.locator(".unread + .message .text").inner_text().endswith(" 11")
        assert is_in_view(page, "11")
        page.reload()
    # There and back again, the page is where it was.
    page.evaluate("scrollTo(0, 321)")
    page.goto("/keyboard")
    page.go_back()
    expect(line).to_have_text("New")
    assert page.evaluate("scrollY") == 321


@pytest.mark.promise(13, 14)
@pytest.mark.parametrize("javascript", [True, False])
def test_what_was_read_opens_at_the_end(browser_page, alice, bob, javascript):
    send(bob, alice, *numbers(1, 60))
    page = browser_page(javascript=javascript, reduced_motion=True)
    sign_in(page, bob)
    page.goto(f"/with/{alice.username}")
    assert last_words(page) == [str(number) for number in range(11, 61)]
    assert is_in_view(page, "60")
    # Whoever reads back goes on from the end of the page before.
    go(page.get_by_role("link", name="Older"))
    assert last_words(page) == [str(number) for number in range(1, 11)]
    assert is_in_view(page, "10")
    go(page.get_by_role("link", name="Newer"))
    assert last_words(page)[0] == "11"
    assert page.evaluate("scrollY") < 100


@pytest.mark.promise(14)
def test_a_day_can_be_jumped_to(browser_page, alice, bob):
    send(bob, alice, *numbers(1, 60))
    page = browser_page(javascript=False)
    sign_in(page, bob)
    page.goto(f"/with/{alice.username}")
    page.get_by_label("Go to a day").fill("2020-02-29")
    go(page.get_by_role("button", name="Go"))
    assert last_words(page)[0] == "1"
    expect(page.locator(".day")).to_have_text("Today")
    expect(page.get_by_label("Go to a day")).to_have_value("2020-02-29")


@pytest.mark.promise(15)
@pytest.mark.parametrize("javascript", [True, False])
def test_the_address_of_a_message_leads_to_its_place(browser_page, alice, bob, javascript):
    sent = send(alice, bob, *numbers(1, 80))
    page = browser_page(javascript=javascript, reduced_motion=True)
    sign_in(page, alice)
    page.goto(f"/message/{sent[29]}")
    assert page.url.endswith(f"#m-{sent[29]}")
    assert is_in_view(page, "30")
    assert page.locator(".message.is-found").count() == 1
    assert page.locator(".message:target").count() == 1
    plain, found = (
        page.locator(f"#m-{one}").evaluate("row => getComputedStyle(row).backgroundColor") for one in sent[28:30]
    )
    assert plain != found


@pytest.mark.promise(15)
def test_a_strangers_message_is_the_same_404(browser_page, alice, bob, enter):
    (sent,) = send(alice, bob, "a secret")
    page = browser_page()
    sign_in(page, enter())
    seen = []
    for one in (sent, "00000000-0000-1000-8000-000000000000"):
        page.goto(f"/message/{one}")
        assert document_of(page).status == 404
        seen.append(re.sub("[0-9a-f]{32}", "", page.inner_text("main")))
    assert seen[0] == seen[1]
    assert "secret" not in page.content()


@pytest.mark.promise(17)
def test_reading_marks_read_and_the_newest_can_be_marked_unread(browser_page, alice, bob):
    sent = send(alice, bob, "one", "two", "three")
    page = browser_page(javascript=False)
    sign_in(page, bob)
    page.request.head(f"/with/{alice.username}?unread=8i-_0OdAEfGK9dFDOkw88w")
    page.request.get(f"/with/{alice.username}", headers={"Sec-Purpose": "prefetch"})
    assert unread(bob, alice) == 3
    page.goto(f"/with/{alice.username}")
    assert unread(bob, alice) == 0
    page.goto(f"/message/{sent[1]}/actions")
    go(page.get_by_role("button", name="Mark unread from here"))
    assert page.url.endswith("/inbox")
    assert unread(bob, alice) == 2


@pytest.mark.promise(4, 19)
def test_every_action_takes_the_keyboard_alone(browser_page, alice, bob):
    """Edit, then delete for everyone, without a pointer and without scripts."""
    send(bob, alice, "hello")
    (sent,) = send(alice, bob, "helo")
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto(f"/with/{bob.username}")
    stops = [stop.name for stop in tab_through(page)]
    assert sum(name.startswith('link "Actions for the message of') for name in stops) == 2
    row = page.locator(f"#m-{sent}")
    row.get_by_role("link", name="Actions").press("Enter")
    page.get_by_role("link", name="Edit").press("Enter")
    text_field(page).press("Control+A")
    page.keyboard.type("hello")
    page.get_by_role("button", name="Save").press("Enter")
    expect(row.locator(".text")).to_have_text("hello")
    expect(row.locator(".side")).to_contain_text("edited")
    assert page.url.endswith(f"#m-{sent}")
    row.get_by_role("link", name="Actions").press("Enter")
    page.get_by_role("link", name="Delete for everyone").press("Enter")
    page.get_by_role("button", name="Delete for everyone").press("Enter")
    expect(row.locator(".text")).to_have_text("You deleted this message.")
    assert bob.get(f"messages/{sent}").json()["content"] == ""


@pytest.mark.promise(19)
def test_answering_names_what_is_answered(browser_page, alice, bob):
    (asked,) = send(bob, alice, "When?")
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto(f"/message/{asked}/actions")
    go(page.get_by_role("link", name="Answer"))
    expect(page.locator(".answering")).to_contain_text(f"{bob.username}: When?")
    text_field(page).fill("At ten.")
    go(page.get_by_role("button", name="Send"))
    assert page.url.endswith("#new")
    expect(page.locator(".message").last.locator(".quote")).to_have_text(f"{bob.username}: When?")
    assert bob.history()["messages"][0]["reply_to"] == asked


@pytest.mark.promise(5)
def test_nothing_moves_while_a_conversation_comes_up(browser_page, alice, bob):
    send(bob, alice, *numbers(1, 55))
    page = browser_page()
    sign_in(page, bob)
    page.goto(f"/with/{alice.username}")
    assert paint(page).shift == 0


@pytest.mark.promise(16)
def test_walking_by_links_meets_each_message_once_while_new_ones_arrive(browser_page, alice, bob):
    send(bob, alice, *numbers(1, 160))
    page = browser_page(javascript=False)
    sign_in(page, bob)
    page.goto(f"/with/{alice.username}")
    met = last_words(page)
    while page.get_by_role("link", name="Older").count():
        send(alice, bob, f"between {1000 + len(met)}")
        go(page.get_by_role("link", name="Older"))
        met = last_words(page) + met
    assert met == [str(number) for number in range(1, 161)]
    page.go_back()
    assert last_words(page) == [str(number) for number in range(11, 61)]


@pytest.mark.promise(20)
def test_an_outage_keeps_what_was_typed(browser_page, alice, bob, parts, hanging):
    send(alice, bob, "hello")
    page = browser_page()
    sign_in(page, bob)
    page.goto(f"/with/{alice.username}")
    text_field(page).fill("Not lost.")
    with hanging(parts.cassandra):
        go(page.get_by_role("button", name="Send"))
        expect(page.get_by_role("alert")).to_be_visible()
        answer = document_of(page)
        assert answer.status == 503
        assert answer.headers["x-request-id"] in page.get_by_role("alert").inner_text()
        expect(text_field(page)).to_have_value("Not lost.")
        assert_sound(page, widths=[320])
        page.goto("/settings")
        assert document_of(page).status == 200
        page.goto(f"/with/{alice.username}")
        answer = document_of(page)
        assert answer.status == 503
        assert answer.headers["x-request-id"] in page.inner_text("main")
