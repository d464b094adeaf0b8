"""What the script of a page does: new messages, shortcuts, sending by keyboard, the counter, the time zone."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.people import sign_in
from tests.browser.sound import assert_sound
from tests.browser.test_conversation import last_words, numbers, send, text_field, unread

SYNC = "**/api/v1/sync*"
NEWS = ".news a"


@pytest.fixture
def reading(browser_page, alice, bob) -> Page:
    """Bob has read what Alice wrote, and looks at the end of it."""
    sent = send(alice, bob, *numbers(1, 30))
    bob.post(f"conversations/{alice.username}/read", {"up_to": sent[-1]})
    page: Page = browser_page(reduced_motion=True)
    sign_in(page, bob)
    page.goto(f"/with/{alice.username}")
    return page


@pytest.fixture
def waiting(reading: Page) -> Page:
    """The same, by a clock that the test moves."""
    stop_the_clock(reading)
    return reading


def stop_the_clock(page: Page) -> None:
    """Have the page that is shown begin anew with time standing still; `polled` moves it."""
    page.clock.install()
    # Before the page begins to wait: nobody knows how long a busy machine takes for it.
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.reload()


def polled(page: Page, seconds: int) -> list[Request]:
    """Let time pass; return the polls that it brought, each answered."""
    polls: list[Request] = []

    def note(request: Request) -> None:
        if "/api/v1/sync" in request.url:
            polls.append(request)

    page.on("request", note)
    for _ in range(seconds):
        page.clock.run_for(1_000)
        for poll in polls:
            poll.response()
        page.wait_for_timeout(20)  # in which the script looks at what came
    page.remove_listener("request", note)
    return polls


@pytest.mark.promise(18)
def test_new_messages_come_in_below_and_are_read(waiting, alice, bob):
    log = waiting.get_by_role("log")
    expect(log).to_have_attribute("aria-label", "Messages")
    send(alice, bob, "<b>fresh</b> & new")
    polled(waiting, 6)
    expect(waiting.locator(".message .text").last).to_have_text("<b>fresh</b> & new")
    expect(waiting.locator(NEWS)).to_have_count(0)
    assert unread(bob, alice) == 0
    assert waiting.locator(".day").count() == 1
    # What is there isn't put in again.
    polled(waiting, 6)
    assert waiting.locator(".message").count() == 31


@pytest.mark.promise(18)
def test_whoever_reads_further_up_is_told_and_not_moved(waiting, alice, bob):
    waiting.evaluate("scrollTo(0, 100)")
    send(alice, bob, "one")
    polled(waiting, 6)
    expect(waiting.locator(NEWS)).to_have_text("1 new message")
    send(alice, bob, "two", "three")
    polled(waiting, 6)
    expect(waiting.locator(NEWS)).to_have_text("3 new messages")
    assert waiting.title() == f"(3) {alice.username} · Chat"
    assert waiting.evaluate("scrollY") == 100
    assert waiting.locator(".message").count() == 30
    assert unread(bob, alice) == 3
    waiting.locator(NEWS).click()
    expect(waiting.locator(".message:focus .text")).to_have_text("one")
    assert last_words(waiting)[-3:] == ["one", "two", "three"]
    assert waiting.title() == f"{alice.username} · Chat"
    assert unread(bob, alice) == 0


@pytest.mark.promise(10)
def test_the_inbox_says_that_there_is_something_new(waiting, alice, bob, enter):
    carol = enter()
    send(carol, bob, "first")
    waiting.goto("/inbox")
    assert waiting.title() == "(1) Inbox · Chat"
    send(carol, bob, "second")
    send(alice, bob, "third")
    polled(waiting, 6)
    expect(waiting.locator(NEWS)).to_have_text("2 new messages")
    assert waiting.title() == "(3) Inbox · Chat"
    waiting.locator(NEWS).click()
    waiting.wait_for_load_state()
    expect(waiting.locator(NEWS)).to_have_count(0)
    assert waiting.title() == "(3) Inbox · Chat"


@pytest.mark.promise(18)
def test_shown_messages_follow_what_becomes_of_them(waiting, alice, bob):
    (first, second, third) = send(alice, bob, "first", "second", "third")
    polled(waiting, 6)
    alice.api.patch(f"messages/{first}", json={"content": "better"}, headers=alice.headers)
    alice.api.delete(f"messages/{second}", params={"for": "everyone"}, headers=alice.headers)
    bob.api.delete(f"messages/{third}", headers=bob.headers)
    polled(waiting, 6)
    expect(waiting.locator(f"#m-{first} .text")).to_have_text("better")
    expect(waiting.locator(f"#m-{first} .side")).to_contain_text("edited")
    expect(waiting.locator(f"#m-{second} .text")).to_have_text("This message was deleted.")
    expect(waiting.locator(f"#m-{third}")).to_have_count(0)


@pytest.mark.promise(18)
def test_where_nothing_happens_it_asks_less_and_less(browser_page, enter):
    page = browser_page()
    sign_in(page, enter())  # to whom nothing happened in the last seconds either
    stop_the_clock(page)
    polls = polled(page, 400)
    # 5 s, then each time half as long again, up to a minute.
    moments, wait, at = [], 5.0, 5.0
    while at <= 400:
        moments.append(at)
        wait = min(60, wait * 1.5)
        at += wait
    assert abs(len(polls) - len(moments)) <= 1
    tagged = [request for request in polls if request.headers.get("if-none-match")]
    assert len(tagged) == len(polls) - 1
    assert tagged[-1].response().status == 304


@pytest.mark.promise(18)
def test_a_hidden_tab_asks_for_nothing_until_it_is_seen(waiting, alice, bob):
    hide(waiting, True)
    assert polled(waiting, 120) == []
    send(alice, bob, "meanwhile")
    hide(waiting, False)
    waiting.wait_for_load_state("networkidle")
    expect(waiting.locator(".message .text").last).to_have_text("meanwhile")


def hide(page: Page, hidden: bool) -> None:
    """Have the page believe that its tab is hidden, or seen again."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden})
            document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))
        }""",
        hidden,
    )


@pytest.mark.promise(18)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_left_alone_as_long_as_it_asks(waiting, troubles, status):
    troubles.expect(f"sync.*{status}")
    answer = problem(status, **{"Retry-After": "40"})
    waiting.route(SYNC, answer)
    assert len(polled(waiting, 40)) == 1
    waiting.unroute(SYNC, answer)
    assert len(polled(waiting, 10)) == 1


@pytest.mark.promise(18)
def test_a_session_that_ended_is_told(waiting, troubles, alice):
    troubles.expect("sync.*401")
    waiting.route(SYNC, problem(401))
    polled(waiting, 6)
    link = waiting.get_by_role("link", name="You are logged out. Log in again")
    assert re.fullmatch(rf"/login\?next=%2Fwith%2F{alice.username}.*", link.get_attribute("href"))
    assert polled(waiting, 100) == []


def problem(status: int, **headers: str) -> Callable[[Route], None]:
    """Return what answers every request with a problem."""
    body = json.dumps({"status": status})

    def answer(route: Route) -> None:
        route.fulfill(status=status, body=body, headers={"Content-Type": "application/problem+json", **headers})

    return answer


def test_the_page_of_shortcuts_is_sound(reading):
    reading.goto("/keyboard")
    assert reading.locator("kbd").count() == 11
    assert_sound(reading)


@pytest.mark.promise(4)
def test_shortcuts_move_through_a_conversation(reading, bob, alice):
    reading.keyboard.press("k")
    expect(reading.locator(".message:focus .text")).to_have_text(re.compile(" 30$"))
    reading.keyboard.press("k")
    expect(reading.locator(".message:focus .text")).to_have_text(re.compile(" 29$"))
    reading.keyboard.press("j")
    expect(reading.locator(".message:focus .text")).to_have_text(re.compile(" 30$"))
    answered = reading.locator(".message:focus").get_attribute("id").removeprefix("m-")
    reading.keyboard.press("o")
    reading.wait_for_url(f"**/message/{answered}/actions")
    reading.go_back()
    reading.locator(f"#m-{answered}").evaluate("row => { row.tabIndex = -1; row.focus() }")
    reading.keyboard.press("r")
    reading.wait_for_url(f"**/with/{alice.username}?reply={answered}#composer")
    reading.keyboard.press("r")
    expect(text_field(reading)).to_be_focused()
    # Dead while somebody types.
    reading.keyboard.type("jk?cu/")
    expect(text_field(reading)).to_have_value("jk?cu/")


@pytest.mark.promise(4)
@pytest.mark.parametrize(("key", "path"), [("u", "/inbox"), ("c", "/new"), ("/", "/search"), ("?", "/keyboard")])
def test_shortcuts_lead_to_pages(reading, key, path):
    reading.keyboard.press(key)
    reading.wait_for_url(re.compile(f"{re.escape(path)}([?].*)?$"))


@pytest.mark.promise(4)
def test_shortcuts_can_be_switched_off_and_leave_others_alone(reading, alice):
    for key in ("Control+u", "Alt+c", "Meta+/"):
        reading.evaluate(
            "key => dispatchEvent(new KeyboardEvent('keydown', "
            "{key: key.slice(-1), ctrlKey: key[0] === 'C', altKey: key[0] === 'A', metaKey: key[0] === 'M'}))",
            key,
        )
    reading.context.add_cookies([{"name": "shortcuts", "value": "off", "url": reading.url}])
    reading.reload()
    for key in "juc/?":
        reading.keyboard.press(key)
    assert f"/with/{alice.username}" in reading.url
    assert reading.locator(".message:focus").count() == 0


def test_control_and_enter_send_once(reading, alice, bob):
    text_field(reading).fill("by keyboard")
    with reading.expect_navigation():
        text_field(reading).press("Control+Enter")
    expect(reading.locator(".message .text").last).to_have_text("by keyboard")
    assert alice.history()["messages"][0]["content"] == "by keyboard"


@pytest.mark.promise(21)
def test_a_double_click_sends_once(reading, alice, bob):
    text_field(reading).fill("twice")
    with reading.expect_navigation():
        reading.get_by_role("button", name="Send").dblclick()
    reading.wait_for_load_state()
    assert [message["content"] for message in alice.history()["messages"]].count("twice") == 1
    expect(reading.get_by_role("button", name="Send")).to_be_enabled()


@pytest.mark.promise(22)
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 3_799, ""),
        ("x" * 3_801, "Characters left: 199"),
        ("a\n" * 1_950, "Characters left: 100"),
        ("😀" * 2_475, "Bytes left: 100"),
        ("é" * 4_001, "Characters left: -1"),
        ("漢" * 3_300, "Bytes left: 100"),
        ("漢" * 3_334, "Bytes left: -2"),
    ],
)
def test_the_counter_counts_as_the_server_does(reading, text, shown):
    # A browser takes its time for pasting two thousand lines.
    text_field(reading).evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', {bubbles: true})) }", text
    )
    expect(reading.locator("[data-counter]")).to_have_text(shown)
    expect(reading.locator("[data-counter]")).to_be_visible(visible=bool(shown))


@pytest.mark.promise(9)
def test_the_browsers_time_zone_is_told_once(browser_page):
    page = browser_page(timezone_id="America/Argentina/Ushuaia")
    page.goto("/")
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "zone"]
    assert cookie["value"] == "America/Argentina/Ushuaia"
    assert cookie["sameSite"] == "Lax"
    assert not cookie["secure"]  # over HTTPS it is
