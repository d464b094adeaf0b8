"""Histories by numbered pages and by cursors."""

import pytest

from chatsystem.errors import InvalidQuery
from messaging import cache
from messaging.services.history import read_inbox, read_inbox_page
from messaging.services.sending import deliver, send_message
from messaging.store import timeline, totals, writing
from messaging.types import Cursor, Timeline
from tests.messaging.making import DAY, SECOND, message, now
from tests.messaging.reading import first_page, whole_first_page


@pytest.fixture
def five(alice, bob):
    """Five messages between Alice and Bob, newest first."""
    messages = [message(alice, bob, str(number), ticks=now() - number * SECOND) for number in range(5)]
    for sent in messages:
        deliver(sent)
    return messages


def contents(page):
    return [sent.content for sent in page.messages]


@pytest.mark.parametrize(("number", "expected"), [(1, ["0", "1"]), (2, ["2", "3"]), (3, ["4"]), (4, []), (10**17, [])])
def test_numbered_pages_are_newest_first_and_empty_past_the_last(five, bob, number, expected):
    page = read_inbox_page(owner=bob, number=number, size=2)
    assert contents(page) == expected
    assert (page.number, page.size, page.total, page.pages) == (number, 2, 5, 3)


def test_an_inbox_without_messages_has_no_pages(bob):
    page = read_inbox_page(owner=bob, number=1, size=10)
    assert (page.messages, page.total, page.pages) == ([], 0, 0)


@pytest.mark.parametrize("size", [0, -1, 101, 10**9])
def test_a_page_size_out_of_range_is_refused_and_not_cut(bob, size, cql_requests):
    with pytest.raises(InvalidQuery) as refusal:
        read_inbox_page(owner=bob, number=1, size=size)
    assert [(error.field, error.code, error.limit) for error in refusal.value.errors] == [
        ("pageSize", "out_of_range", 100)
    ]
    with pytest.raises(InvalidQuery):
        read_inbox(owner=bob, limit=size)
    assert cql_requests == []


def test_cursors_lead_from_page_to_page_in_both_directions(five, bob):
    first = read_inbox(owner=bob, limit=2)
    second = read_inbox(owner=bob, limit=2, before=first.older)
    third = read_inbox(owner=bob, limit=2, before=second.older)
    assert [contents(first), contents(second), contents(third)] == [["0", "1"], ["2", "3"], ["4"]]
    assert (third.found_oldest, third.older) == (True, None)
    back = read_inbox(owner=bob, limit=2, after=third.newer)
    assert (contents(back), back.found_newest) == (["2", "3"], False)


def test_one_can_ask_before_or_after_a_place_but_not_both(five, bob):
    place = Cursor(five[0].id)
    with pytest.raises(InvalidQuery):
        read_inbox(owner=bob, limit=2, before=place, after=place)


def test_a_cursor_of_somebody_elses_message_shows_only_ones_own(five, new_person):
    stranger = new_person()
    assert read_inbox(owner=stranger, limit=10, before=Cursor(five[0].id)).messages == []


def test_a_short_inbox_is_one_read_and_nothing_is_counted(five, bob, cql_requests):
    cql_requests.clear()
    assert read_inbox_page(owner=bob, number=1, size=10).total == 5
    assert cql_requests == ["newest", "buckets_down"]


def test_a_second_look_at_the_first_page_asks_cassandra_nothing(five, bob, cql_requests):
    first = whole_first_page(bob)
    cql_requests.clear()
    assert whole_first_page(bob) == first
    assert cql_requests == []


def test_a_message_is_in_both_first_pages_at_once_though_they_were_cached(five, alice, bob):
    for owner in (alice, bob):
        first_page(owner)
    sent = send_message(sender=bob, recipient=alice.username, content="new")
    for owner in (alice, bob):
        page = whole_first_page(owner)
        assert page["messages"][0]["id"] == str(sent.id)
        assert page["pagination"]["totalMessages"] == 6


def test_a_message_that_is_sent_while_a_first_page_is_read_is_not_hidden_by_it(five, alice, bob, monkeypatch):
    """The reader has read Cassandra and not yet filled the cache when the message is sent."""
    read = timeline.read_older

    def read_slowly(*arguments, **options):
        page = read(*arguments, **options)
        monkeypatch.undo()
        send_message(sender=alice, recipient=bob.username, content="new")
        return page

    monkeypatch.setattr(timeline, "read_older", read_slowly)
    assert first_page(bob) == ["0", "1", "2", "3", "4"]
    assert first_page(bob) == ["new", "0", "1", "2", "3", "4"]


@pytest.mark.parametrize("amount", [60, 1_200])
def test_a_page_and_a_send_cost_the_same_however_large_the_inbox(
    alice, bob, amount, cql_requests, redis_requests, monkeypatch
):
    """Ten years of messages, 1,200 or 60 of them, with 50 in the newest bucket."""
    monkeypatch.setattr(totals, "is_late", lambda _: False)
    for number in range(amount):
        ago = number * SECOND if number < 55 else number * 3_650 * DAY // amount
        writing.append(message(alice, bob, str(number), ticks=now() - 20 * SECOND - ago))
    monkeypatch.undo()
    first_page(bob, size=50)

    cache.forget([bob.pk])
    cql_requests.clear()
    assert len(first_page(bob, size=50)) == 50
    page = cql_requests.copy()
    cql_requests.clear()
    send_message(sender=alice, recipient=bob.username, content="one more")
    assert cql_requests == ["send"]
    counted = totals.read_total(Timeline(bob.pk)).rows_counted
    if amount > totals.CHECKPOINT_AFTER:
        assert page == ["newest", "count_state", "count"]
        assert counted == 1
    else:
        assert counted == amount + 1
