"""The inbox, as a browser without scripts sees it."""

import re
from html import unescape

import pytest
import time_machine

from chatsystem.limits import DEFAULT_CONVERSATIONS
from messaging.services.altering import delete_for_everyone, remove_message
from messaging.services.conversations import read_one, set_flags
from messaging.services.sending import deliver
from messaging.services.unread import mark_unread, read_everything
from messaging.types import Cursor
from tests.chatsystem.rate_limits.making import ALL
from tests.messaging.making import SECOND, message, now
from tests.messaging.pages.reading import browser_of, link, page_of, send

ROW = re.compile(r'<li id="row-\d+"( class=is-new)?>(.*?)</li>')


@pytest.fixture
def browser(alice):
    return browser_of(alice)


def get(browser, path="/inbox"):
    return page_of(browser.get(path))


def rows(html):
    """Return the rows: whether it is among the new ones, whom it is with, what it says."""
    return [
        (bool(new), text(row, '<a class="name"', "</bdi>"), text(row, '<p class="preview"', "</p>"))
        for new, row in ROW.findall(html)
    ]


def peers(html):
    return [name for _, name, _ in rows(html)]


def text(html, begin, end):
    part = html.partition(begin)[2].partition(end)[0].partition(">")[2]
    return unescape(re.sub("<[^>]*>", "", part))


def button(html, name, peer):
    """Return what the browser sends for a button in the row of `peer`."""
    (row,) = [row for _, row in ROW.findall(html) if text(row, '<a class="name"', "</bdi>") == peer.username]
    found = re.search(rf'<button name="{name}" value="([^"]*)"', row)
    return {name: unescape(found[1])} if found else None


def press(browser, name, peer, *, path="/inbox"):
    """Press a button in a row; return the page that it leads to."""
    response = browser.post(path, button(get(browser, path), name, peer))
    assert (response.status_code, response["Location"]) == (303, path)
    return get(browser, path)


def write_to(person, people):
    """Let all of them write, the first one last."""
    for number, sender in enumerate(people):
        deliver(message(sender, person, ticks=now() - (number + 1) * SECOND))


def test_a_row_has_name_last_line_time_and_how_much_is_unread(alice, bob, browser):
    with time_machine.travel("2026-11-24T14:02:03Z", tick=False):
        send(bob, alice, "first", "it's <b>&amp;</b>\nthe second")
        html = get(browser)
    assert rows(html) == [(True, bob.username, "it's <b>&amp;</b> the second")]
    assert "<bdi>it&#x27;s &lt;b&gt;&amp;amp;&lt;/b&gt; the second</bdi>" in html
    assert '<time datetime="2026-11-24T14:02:03Z" title="24 November 2026 14:02 UTC">14:02</time>' in html
    assert '<span class="count" aria-hidden="true">2</span>' in html
    assert f'<bdi>{bob.username}</bdi><span class="out-of-sight"> 2 unread messages</span></a>' in html
    assert "<title>(2) Inbox · Chat</title>" in html
    assert html.count("<h1") == 1


def test_ones_own_last_line_says_so_and_is_not_unread(alice, bob, browser):
    send(bob, alice, "hello")
    send(alice, bob, "hi")
    html = get(browser)
    assert rows(html) == [(False, bob.username, "You: hi")]
    assert "<title>Inbox · Chat</title>" in html
    assert 'class="count"' not in html


def test_new_stands_above_earlier_and_without_new_ones_there_are_no_headings(alice, browser, new_person):
    read, unread = new_person(), new_person()
    write_to(alice, [read, unread])
    browser.post("/inbox", button(get(browser), "read", read))
    html = get(browser)
    assert [(new, name) for new, name, _ in rows(html)] == [(True, unread.username), (False, read.username)]
    positions = [html.index(part) for part in (">New</h2>", unread.username, ">Earlier</h2>", read.username)]
    assert positions == sorted(positions)
    read_everything(owner=alice)
    html = get(browser)
    assert peers(html) == [read.username, unread.username]
    assert "<h2" not in html


def test_the_link_leads_to_where_one_goes_on_reading(alice, bob, browser):
    (first,) = send(alice, bob, "hello")
    send(bob, alice, "hi")
    address = f"/with/{bob.username}?unread={Cursor(first.id).encode()}"
    assert f'<a class="name" href="{address}#new">' in get(browser)
    response = browser.get(f"/with/{bob.username}")
    assert response["Location"] == f"{address}#new"  # so this spares a request
    assert browser.get(address).status_code == 200


@pytest.mark.parametrize("username", ["a/b", "a?b", "a#b", "x <y>", 'q"q', "%41", "élan"])
def test_every_name_has_its_address(alice, new_person, browser, username):
    person = new_person(username)
    send(alice, person, "hello")
    html = get(browser)
    assert peers(html) == [username]
    address = unescape(re.search(r'<a class="name" href="([^"]*)"', html)[1]).partition("#")[0]
    assert browser.get(address).context["peer"] == username
    assert "Muted" in press(browser, "mute", person)
    assert read_one(owner=alice, username=username).conversation.muted


def test_messages_to_oneself_have_a_row_that_says_so(alice, browser):
    send(alice, alice, "note")
    html = get(browser)
    assert rows(html) == [(False, alice.username, "You: note")]
    assert "(you)</span></a>" in html
    assert button(html, "unread", alice) is None


def test_a_deleted_last_message_is_a_labelled_gap(alice, bob, browser, new_person):
    carol, dave = new_person(), new_person()
    (theirs,), (mine,), (removed,) = (
        send(bob, alice, "secret"),
        send(alice, carol, "secret"),
        send(dave, alice, "secret"),
    )
    delete_for_everyone(author=bob, message_id=theirs.id)
    delete_for_everyone(author=alice, message_id=mine.id)
    remove_message(owner=alice, message_id=removed.id)
    html = get(browser)
    assert sorted(rows(html)) == sorted(
        [
            (True, bob.username, "This message was deleted."),
            (False, carol.username, "You deleted this message."),
            (False, dave.username, "You have removed all messages."),
        ]
    )
    assert "secret" not in html


def test_it_is_marked_as_read_up_to_what_the_row_showed(alice, bob, browser):
    send(bob, alice, "one", "two")
    shown = get(browser)
    send(bob, alice, "three")
    response = browser.post("/inbox", button(shown, "read", bob))
    assert (response.status_code, response["Location"]) == (303, "/inbox")
    assert read_one(owner=alice, username=bob.username).unread.count == 1


def test_it_is_marked_as_unread_again(alice, bob, browser):
    send(bob, alice, "hello")
    send(alice, bob, "hi")
    html = press(browser, "unread", bob)
    assert rows(html) == [(True, bob.username, "You: hi")]
    assert "<title>(1) Inbox · Chat</title>" in html
    assert button(html, "unread", bob) is None


def test_where_nothing_can_be_unread_it_says_so(alice, bob, browser):
    send(alice, bob, "hi")
    html = press(browser, "unread", bob)
    assert f"There is no message from {bob.username} that could be unread." in html
    assert rows(html) == [(False, bob.username, "You: hi")]


def test_everything_is_marked_as_read_at_once(alice, browser, new_person):
    people = [new_person() for _ in range(3)]
    write_to(alice, people)
    response = browser.post("/inbox?show=unread", {"read_all": ""})
    assert (response.status_code, response["Location"]) == (303, "/inbox?show=unread")
    assert "You have read everything." in get(browser, "/inbox?show=unread")
    assert [read_one(owner=alice, username=each.username).unread.count for each in people] == [0, 0, 0]


def test_archived_ones_leave_the_inbox_and_come_back(alice, bob, browser):
    send(bob, alice, "hello")
    html = press(browser, "archive", bob)
    assert f"The conversation with {bob.username} is archived." in html
    assert peers(html) == []
    assert "all of your conversations are archived" in html
    assert "1 new" in html
    assert "<title>Inbox · Chat</title>" in html
    assert peers(get(browser, "/inbox?show=archived")) == [bob.username]
    html = press(browser, "unarchive", bob, path="/inbox?show=archived")
    assert peers(html) == []
    assert peers(get(browser)) == [bob.username]


def test_muted_ones_are_among_the_others_with_their_count(alice, bob, browser):
    send(bob, alice, "hello")
    html = press(browser, "mute", bob)
    assert rows(html) == [(False, bob.username, "hello")]
    assert '<span class="tag">Muted</span><span class="count" aria-hidden="true">1</span>' in html
    assert "<title>Inbox · Chat</title>" in html
    assert rows(press(browser, "unmute", bob)) == [(True, bob.username, "hello")]


def test_hidden_ones_are_gone_until_the_next_message(alice, bob, browser):
    send(bob, alice, "hello")
    html = press(browser, "hide", bob)
    assert peers(html) == []
    assert f"The conversation with {bob.username} is hidden until its next message." in html
    send(bob, alice, "again")
    assert rows(get(browser)) == [(True, bob.username, "again")]


def test_filters_are_addresses(alice, browser, new_person):
    read, unread, archived = (new_person() for _ in range(3))
    write_to(alice, [read, unread, archived])
    press(browser, "read", read)
    set_flags(owner=alice, username=archived.username, archived=True)
    assert peers(get(browser)) == [unread.username, read.username]
    assert peers(get(browser, "/inbox?show=unread")) == [unread.username]
    assert peers(get(browser, "/inbox?show=archived")) == [archived.username]
    assert 'href="?show=unread" aria-current="page"' in get(browser, "/inbox?show=unread")


@pytest.mark.parametrize("asked", ["show=some", "before=x", "after=x", "before=", "before=e" + "A" * 22])
def test_what_cannot_be_shown_is_refused(browser, asked):
    page_of(browser.get(f"/inbox?{asked}"), status=400)


def test_pages_of_25_lead_older_and_newer(alice, browser, new_person):
    people = [new_person() for _ in range(2 * DEFAULT_CONVERSATIONS + 1)]
    write_to(alice, people)
    for person in people[:3]:
        press(browser, "read", person)
    order = [person.username for person in [*people[3:], *people[:3]]]
    first = get(browser)
    assert peers(first) == order[:25]
    assert "<title>(25+) Inbox · Chat</title>" in first
    assert link(first, "Newer") is None
    second = get(browser, "/inbox" + link(first, "Older →"))
    assert peers(second) == order[25:50]
    assert "<title>Inbox · Chat</title>" in second
    third = get(browser, "/inbox" + link(second, "Older →"))
    assert peers(third) == order[50:]
    assert link(third, "Older →") is None
    assert peers(get(browser, "/inbox" + link(third, "← Newer"))) == order[25:50]
    assert peers(get(browser, "/inbox" + link(second, "← Newer"))) == order[:25]
    # A button brings back to the same page.
    place = "/inbox" + link(second, "← Newer")
    response = browser.post(place, button(first, "mute", people[3]))
    assert response["Location"] == place


def test_pages_of_a_filter_keep_it(alice, browser, new_person):
    people = [new_person() for _ in range(DEFAULT_CONVERSATIONS + 1)]
    write_to(alice, people)
    older = link(get(browser, "/inbox?show=unread"), "Older →")
    assert older.startswith("?show=unread&before=n")
    second = get(browser, f"/inbox{older}")
    assert peers(second) == [people[-1].username]
    assert link(second, "← Newer").startswith("?show=unread&after=n")


def test_behind_the_end_there_is_a_way_back(alice, bob, browser):
    send(alice, bob, "hello")
    html = get(browser, f"/inbox?before=e{Cursor(message(alice, bob, ticks=SECOND).id).encode()}")
    assert "There are no more conversations here." in html
    assert peers(get(browser, link(html, "Go to the newest"))) == [bob.username]


def test_empty_lists_say_what_to_do(alice, browser):
    html = get(browser)
    assert "You have no messages yet." in html
    assert link(html, "Write to somebody") == "/new"
    assert f"Or tell others your name, <strong><bdi>{alice.username}</bdi></strong>" in html
    assert link(get(browser, "/inbox?show=unread"), "Show all conversations") == "/inbox"
    assert "open the menu in its row" in get(browser, "/inbox?show=archived")


@pytest.mark.parametrize("name", ["read", "unread", "archive", "mute", "hide"])
def test_a_conversation_that_is_not_there_cannot_be_changed(alice, bob, browser, new_person, name):
    (sent,) = send(bob, new_person(), "hello")
    for username in (bob.username, "nobody"):
        value = f"{Cursor(sent.id).encode()} {username}" if name == "read" else username
        page_of(browser.post("/inbox", {name: value}), status=404)


@pytest.mark.parametrize("value", ["", "x", "x bob", "AAAA bob"])
def test_what_was_read_must_be_a_place(alice, browser, value):
    page_of(browser.post("/inbox", {"read": value}), status=400)


def test_a_form_without_a_button_changes_nothing(alice, bob, browser):
    send(bob, alice, "hello")
    assert browser.post("/inbox", {"delete": bob.username}).status_code == 303
    assert rows(get(browser)) == [(True, bob.username, "hello")]


def test_whoever_is_not_logged_in_sees_and_changes_nothing(alice, bob, client):
    send(bob, alice, "hello")
    response = client.get("/inbox?show=unread")
    assert (response.status_code, response["Location"]) == (302, "/login?next=%2Finbox%3Fshow%3Dunread")
    client.post("/inbox", {"archive": bob.username})
    assert not read_one(owner=alice, username=bob.username).conversation.archived


def test_it_is_kept_nowhere(browser):
    assert browser.get("/inbox")["Cache-Control"] == "no-store"


def test_it_costs_a_query_for_the_session_and_one_request_where_all_was_read(
    alice, browser, new_person, cql_requests, django_assert_num_queries
):
    write_to(alice, [new_person() for _ in range(DEFAULT_CONVERSATIONS)])
    read_everything(owner=alice)
    get(browser)  # who this is, is known from now on
    cql_requests.clear()
    with django_assert_num_queries(1):
        get(browser)
    assert cql_requests == ["conversations"]


def test_where_25_are_unread_their_requests_go_out_in_one_wave(
    alice, browser, new_person, settings, cql_waves, django_assert_num_queries
):
    """Of each it's asked what lies behind the read position, and in which other spans of time, all side by side."""
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = ALL
    write_to(alice, [new_person() for _ in range(DEFAULT_CONVERSATIONS)])
    get(browser)
    cql_waves.clear()
    with django_assert_num_queries(1):
        assert len(peers(get(browser))) == DEFAULT_CONVERSATIONS
    assert cql_waves == [["conversations"], ["oldest_ids", "buckets_up"] * DEFAULT_CONVERSATIONS]


def test_what_was_marked_as_unread_costs_one_request(alice, bob, browser, cql_waves):
    (first, _) = send(bob, alice, "one", "two")
    read_everything(owner=alice)
    mark_unread(owner=alice, username=bob.username, first=first.id)
    cql_waves.clear()
    assert "2 unread messages" in get(browser)
    assert [len(wave) for wave in cql_waves] == [1, 1]
