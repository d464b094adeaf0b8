"""All messages, one by one, as a browser without scripts sees them."""

import re
from html import unescape

import pytest
import time_machine

from chatsystem.limits import DEFAULT_PAGE_SIZE
from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.types import Cursor, last_id_at
from tests.messaging.making import DAY, message, now, store_in_time
from tests.messaging.pages.reading import browser_of, link, page_of, send

ROW = re.compile(
    r'<li class="message[^"]*">\s<p class="who">(.*?)</p>\s<div class="text" dir="auto">(.*?)</div>', re.DOTALL
)


@pytest.fixture
def browser(alice):
    return browser_of(alice)


def get(browser, query=""):
    return page_of(browser.get(f"/inbox/all{query}"))


def rows(html):
    return [(words(who), words(text)) for who, text in ROW.findall(html)]


def contents(html):
    return [text for _, text in rows(html)]


def words(html):
    return unescape(re.sub("<[^>]*>", "", html))


def test_everything_one_sent_and_got_newest_first(alice, bob, browser, new_person):
    carol = new_person()
    send(bob, alice, "one")
    send(alice, carol, "<two>\nlines")
    send(alice, alice, "three")
    send(bob, carol, "not hers")
    html = get(browser)
    assert rows(html) == [
        ("You to yourself", "three"),
        (f"You to {carol.username}", "<two>\nlines"),
        (f"{bob.username} to you", "one"),
    ]
    assert "<title>All messages · Chat</title>" in html
    assert link(html, "Older →") is link(html, "← Newer") is None


def test_each_message_leads_to_its_place_in_its_conversation(alice, bob, browser):
    (sent,) = send(bob, alice, "hello")
    assert f'<a href="/message/{sent.id}"><time ' in get(browser)
    landed = browser.get(f"/message/{sent.id}", follow=True)
    assert f'id="m-{sent.id}"' in page_of(landed)


def test_days_have_headings(alice, bob, browser):
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        for days in (400, 1, 1, 0):
            store_in_time(message(bob, alice, ticks=now() - days * DAY))
        html = get(browser)
    headings = re.findall(r'<li class="day"><h2>(.*?)</h2></li>', html)
    assert headings[:2] == ["Today", "Yesterday"]
    assert "20 October 2025" in headings[2]
    assert len(headings) == 3


def test_deleted_messages_leave_a_gap_removed_ones_none_and_edited_ones_say_so(alice, bob, browser):
    (theirs, kept), (mine, removed) = send(bob, alice, "secret", "kept"), send(alice, bob, "secret", "secret")
    delete_for_everyone(author=bob, message_id=theirs.id)
    delete_for_everyone(author=alice, message_id=mine.id)
    remove_message(owner=alice, message_id=removed.id)
    edit_message(author=bob, message_id=kept.id, content="changed")
    html = get(browser)
    assert contents(html) == ["You deleted this message.", "changed", "This message was deleted."]
    assert html.count("<span>edited</span>") == 1
    assert "secret" not in html


def test_pages_lead_both_ways_and_show_each_message_once(alice, bob, browser):
    sent = [f"number {number}" for number in range(2 * DEFAULT_PAGE_SIZE + 1)]
    send(bob, alice, *sent)
    first = get(browser)
    assert link(first, "← Newer") is None
    second = get(browser, link(first, "Older →"))
    send(bob, alice, "meanwhile")
    third = get(browser, link(second, "Older →"))
    assert link(third, "Older →") is None
    assert contents(first) + contents(second) + contents(third) == sent[::-1]
    back = get(browser, link(third, "← Newer"))
    assert contents(back) == contents(second)
    newest = get(browser, link(back, "← Newer"))
    assert contents(newest) == contents(first)
    assert contents(get(browser, link(newest, "← Newer"))) == ["meanwhile"]


def test_a_page_that_holds_nothing_leads_to_the_newest(alice, bob, browser):
    send(bob, alice, "hello")
    html = get(browser, f"?before={Cursor(last_id_at(1)).encode()}")
    assert "There are no messages here." in html
    assert link(html, "Go to the newest") == "/inbox/all"


def test_without_messages_it_says_what_to_do(browser, alice):
    html = get(browser)
    assert link(html, "Write to somebody") == "/new"
    assert alice.username in html


@pytest.mark.parametrize(
    "asked", ["before=x", "after=", f"before={Cursor(last_id_at(1)).encode()}&after={Cursor(last_id_at(1)).encode()}"]
)
def test_what_is_no_place_is_refused(browser, asked):
    page_of(browser.get(f"/inbox/all?{asked}"), status=400)


def test_it_costs_the_same_however_much_there_is(alice, bob, browser, cql_requests, django_assert_num_queries):
    send(bob, alice, *map(str, range(DEFAULT_PAGE_SIZE + 1)))
    get(browser)
    cql_requests.clear()
    with django_assert_num_queries(1):
        get(browser)
    assert cql_requests == ["newest"]
