"""Searching, as a browser without scripts does."""

import re
from html import unescape

import pytest
import time_machine

from chatsystem.errors import StorageUnavailable
from chatsystem.limits import DEFAULT_PAGE_SIZE, MAX_QUERY_LENGTH
from messaging.search import scanning
from messaging.services.altering import delete_for_everyone
from messaging.types import Cursor, last_id_at
from tests.messaging.making import DAY, message, now, store_in_time
from tests.messaging.pages.reading import browser_of, link, page_of, send

ROW = re.compile(
    r'<li><a class="name" href="([^"]*)">(.*?)</a><p class="preview is-long" dir="auto">(.*?)</p>', re.DOTALL
)


@pytest.fixture
def browser(alice):
    return browser_of(alice)


def search(browser, **asked):
    return page_of(browser.get("/search", asked))


def rows(html):
    return [(address, unescape(re.sub("<[^>]*>", "", who)), text) for address, who, text in ROW.findall(html)]


def found(html):
    return [re.sub("<[^>]*>", "", text) for _, _, text in rows(html)]


def test_it_begins_with_an_empty_form(browser):
    html = search(browser)
    assert "Found" not in html
    assert '<meta name="robots" content="noindex">' in html
    assert "<title>Search · Chat</title>" in html
    assert re.search('name="q"[^>]* autofocus', html)
    assert "<details>" in html


def test_what_was_found_stands_newest_first_marked_and_leads_to_its_place(alice, bob, browser):
    (first,), (second,) = send(bob, alice, "the <b> Dóor"), send(alice, bob, "a door")
    send(alice, bob, "a window")
    html = search(browser, q="door")
    assert rows(html) == [
        (f"/message/{second.id}", f"You to {bob.username}", "a <mark>door</mark>"),
        (f"/message/{first.id}", f"{bob.username} to you", "the &lt;b&gt; <mark>Dóor</mark>"),
    ]
    assert "There is nothing more." in html
    assert "<title>door · Search · Chat</title>" in html
    assert f'id="m-{first.id}"' in page_of(browser.get(f"/message/{first.id}", follow=True))


def test_deleted_messages_and_those_of_others_are_not_found(alice, bob, browser, new_person):
    (deleted,) = send(alice, bob, "a secret")
    delete_for_everyone(author=alice, message_id=deleted.id)
    send(bob, new_person(), "another secret")
    html = search(browser, q="secret")
    assert found(html) == []
    assert "Nothing was found." in html
    assert "try fewer or shorter words" in html


def test_it_can_be_narrowed_to_people(alice, bob, browser, new_person):
    carol = new_person()
    for sender, recipient, content in ((alice, bob, "door 1"), (bob, alice, "door 2"), (carol, alice, "door 3")):
        send(sender, recipient, content)
    assert found(search(browser, q="door")) == ["door 3", "door 2", "door 1"]
    assert found(search(browser, q="door", **{"with": bob.username})) == ["door 2", "door 1"]
    html = search(browser, q="door", **{"from": bob.username.upper()})
    assert found(html) == ["door 2"]
    assert "<details open>" in html
    assert found(search(browser, q="door", **{"from": alice.username, "with": bob.username})) == ["door 1"]


def test_dates_are_whole_days_where_the_reader_lives(alice, bob):
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        for hours, content in ((60, "door before"), (35, "door midnight"), (33, "door night"), (2, "door today")):
            store_in_time(message(bob, alice, content, ticks=now() - hours * DAY // 24))
    # In Berlin on the 21st at 23:00, on the 23rd at 0:00 and at 2:00, on the 24th at 9:00; in UTC an hour earlier.
    alice.time_zone = "Europe/Berlin"
    alice.save()
    browser = browser_of(alice)
    asked = {"since": "2026-11-23", "until": "2026-11-23"}
    assert found(search(browser, q="door", **asked)) == ["door night", "door midnight"]
    alice.time_zone = "UTC"
    alice.save()
    assert found(search(browser_of(alice), q="door", **asked)) == ["door night"]
    assert found(search(browser_of(alice), q="door", until="9999-12-31")) == [
        "door today", "door night", "door midnight", "door before",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "field", "fault"),
    [
        ({"q": ""}, "q", "There must be something to look for."),
        ({"q": ' "" '}, "q", "There must be something to look for."),
        ({"q": "x" * (MAX_QUERY_LENGTH + 1)}, "q", "A search can have 200 characters at most."),
        ({"q": "x", "since": "24.11.2026"}, "since", "A date is written as 2026-11-24."),
        ({"q": "x", "until": "2026-02-30"}, "until", "A date is written as 2026-11-24."),
        ({"q": "x", "with": "nobody"}, "with", "You have no conversation with anybody of this name."),
        ({"q": "x", "from": "nobody"}, "from", "You have no conversation with anybody of this name."),
        ({"q": "x", "with": "nobody", "from": "nobody"}, "with", "You have no conversation with anybody of this name."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_asked_for_stays(browser, asked, field, fault):
    html = search(browser, **asked)
    assert f'<a href="#id_{field}">{fault}</a>' in html
    (tag,) = re.findall(rf'<input [^>]*name="{field}"[^>]*>', html)
    assert ' aria-invalid="true"' in tag
    assert " autofocus" in tag
    for name, value in asked.items():
        assert not value.strip('" ') or re.search(rf'name="{name}" value="{value}"', html)
    assert "Found" not in html


def test_the_name_that_is_not_known_is_the_one_that_is_wrong(alice, bob, browser):
    send(bob, alice, "door")
    html = search(browser, q="door", **{"with": bob.username, "from": "nobody"})
    assert '<a href="#id_from">' in html
    assert '<a href="#id_with">' not in html


def test_strangers_and_unknown_people_read_alike(alice, browser, new_person):
    stranger = new_person()
    pages = [search(browser, q="x", **{"with": name}).replace(name, "") for name in (stranger.username, "nobody")]
    assert len({re.sub('name="csrfmiddlewaretoken" value="[^"]*"', "", page) for page in pages}) == 1


def test_a_place_that_is_none_is_refused(browser):
    page_of(browser.get("/search?q=x&before=x"), status=400)


def test_one_goes_on_further_back_and_to_the_newest_again(alice, bob, browser):
    send(bob, alice, *(f"door {number}" for number in range(DEFAULT_PAGE_SIZE + 1)))
    first = search(browser, q="door", **{"with": bob.username, "from": ""})
    assert len(found(first)) == DEFAULT_PAGE_SIZE
    assert "Searched back to <time " in first
    address = link(first, "Go on further back")
    assert address.startswith(f"?q=door&with={bob.username}&before=")
    second = page_of(browser.get(f"/search{address}"))
    assert found(second) == ["door 0"]
    assert link(second, "Go on further back") is None
    assert found(page_of(browser.get("/search" + link(second, "Go to the newest")))) == found(first)


def test_where_nothing_was_found_so_far_it_says_so_and_goes_on(alice, bob, browser, monkeypatch):
    send(bob, alice, "door", *("window" for _ in range(5)))
    monkeypatch.setattr(scanning, "SEARCH_ROWS", 3)
    html = search(browser, q="door")
    assert found(html) == []
    assert "Nothing was found up to here." in html
    assert "There is nothing more." not in html
    rest = page_of(browser.get("/search" + link(html, "Go on further back")))
    assert found(rest) == ["door"]


def test_behind_the_end_nothing_is_found(alice, bob, browser):
    send(bob, alice, "door")
    html = search(browser, q="door", before=Cursor(last_id_at(1)).encode())
    assert "Nothing was found." in html


def test_names_are_suggested_from_ones_own_conversations(alice, bob, browser, new_person):
    new_person()
    send(bob, alice, "hello")
    assert re.findall('<option value="([^"]*)">', search(browser)) == [bob.username]


def test_an_outage_keeps_what_was_asked_for(alice, browser, monkeypatch):
    def away(*_, **__):
        raise StorageUnavailable

    monkeypatch.setattr(scanning, "read", away)
    response = browser.get("/search", {"q": "the door"})
    html = page_of(response, status=503)
    assert response["Retry-After"] == "5"
    assert 'name="q" value="the door"' in html
    assert "Messages can&#x27;t be reached for a moment." in html
    assert "Nothing was found" not in html
