"""Histories by numbered pages and by places."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo, available_timezones

import orjson
import pytest

from chatsystem.errors import ConversationNotFound, InvalidQuery
from messaging import cache
from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.services.finding import find_timeline
from messaging.services.history import (
    Day,
    Place,
    read_conversation,
    read_inbox,
    read_inbox_page,
    show_conversation,
    show_inbox,
)
from messaging.services.sending import deliver, send_message
from messaging.store import timeline, totals, writing
from messaging.types import Cursor, Timeline, ticks_of
from tests.messaging.making import DAY, SECOND, message, now, ticks_at
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


@pytest.mark.ring
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


@pytest.mark.ring
def test_cursors_lead_from_page_to_page_in_both_directions(five, bob):
    first = read_inbox(owner=bob, limit=2)
    second = read_inbox(owner=bob, limit=2, place=Place(before=first.older))
    third = read_inbox(owner=bob, limit=2, place=Place(before=second.older))
    assert [contents(first), contents(second), contents(third)] == [["0", "1"], ["2", "3"], ["4"]]
    assert (third.found_oldest, third.older) == (True, None)
    back = read_inbox(owner=bob, limit=2, place=Place(after=third.newer))
    assert (contents(back), back.found_newest) == (["2", "3"], False)


def test_one_can_ask_before_or_after_a_place_but_not_both(five, bob):
    place = Cursor(five[0].id)
    with pytest.raises(InvalidQuery):
        read_inbox(owner=bob, limit=2, place=Place(before=place, after=place))


def test_a_cursor_of_somebody_elses_message_shows_only_ones_own(five, new_person):
    stranger = new_person()
    assert read_inbox(owner=stranger, limit=10, place=Place(before=Cursor(five[0].id))).messages == []


def test_a_short_inbox_is_one_read_and_nothing_is_counted(five, bob, cql_requests):
    cql_requests.clear()
    assert read_inbox_page(owner=bob, number=1, size=10).total == 5
    assert cql_requests == ["newest", "buckets_down"]


def test_a_second_look_at_the_first_page_asks_cassandra_nothing(five, bob, cql_requests):
    first = whole_first_page(bob)
    cql_requests.clear()
    assert whole_first_page(bob) == first
    assert cql_requests == []


@pytest.mark.ring
def test_a_message_is_in_both_first_pages_at_once_though_they_were_cached(five, alice, bob):
    for owner in (alice, bob):
        first_page(owner)
    sent = send_message(sender=bob, recipient=alice.username, content="new")
    for owner in (alice, bob):
        page = whole_first_page(owner)
        assert page["messages"][0]["id"] == str(sent.id)
        assert page["pagination"]["totalMessages"] == 6


@pytest.mark.ring
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


# Conversations


@pytest.mark.ring
def test_a_conversation_has_what_two_people_sent_each_other(five, alice, bob, new_person):
    carol = new_person()
    deliver(message(carol, bob, "from carol"))
    page = read_conversation(owner=bob, username=alice.username.upper())
    assert (contents(page), page.found_oldest, page.found_newest) == (["0", "1", "2", "3", "4"], True, True)
    assert read_conversation(owner=alice, username=bob.username) == page
    assert contents(read_conversation(owner=carol, username=bob.username)) == ["from carol"]


def test_a_conversation_that_is_not_there_is_not_found(five, alice, new_person):
    for username in (new_person().username, "nobody at all"):
        for place in (Place(), Place(around=Cursor(five[0].id))):
            with pytest.raises(ConversationNotFound):
                read_conversation(owner=alice, username=username, place=place)


def test_a_conversation_without_messages_any_more_is_empty_and_still_there(alice, bob):
    deliver(sent := message(alice, bob))
    remove_message(owner=bob, message_id=sent.id)
    page = read_conversation(owner=bob, username=alice.username)
    assert (page.messages, page.found_oldest, page.found_newest) == ([], True, True)


def test_the_history_with_a_gone_account_can_be_read_also_when_somebody_else_has_the_name(five, alice, bob, new_person):
    username = alice.username
    alice.delete()
    assert contents(read_conversation(owner=bob, username=username, limit=2)) == ["0", "1"]
    new_person(username)
    assert contents(read_conversation(owner=bob, username=username, limit=2)) == ["0", "1"]


@pytest.mark.ring
def test_a_page_around_a_message_leads_on_in_both_directions(five, alice, bob):
    page = read_conversation(owner=bob, username=alice.username, limit=3, place=Place(around=Cursor(five[2].id)))
    assert contents(page) == ["1", "2", "3"]
    older = read_conversation(owner=bob, username=alice.username, place=Place(before=page.older))
    newer = read_conversation(owner=bob, username=alice.username, place=Place(after=page.newer))
    assert (contents(older), contents(newer)) == (["4"], ["0"])


@pytest.mark.parametrize(
    ("places", "named"),
    [
        ({"before", "after"}, "after"),
        ({"before", "around"}, "around"),
        ({"after", "date"}, "date"),
        ({"before", "after", "around", "date"}, "after"),
    ],
)
def test_only_one_place_can_be_asked_for(five, alice, bob, places, named, cql_requests):
    values = {"date": Day(date(2026, 1, 1), UTC)}
    place = Place(**{name: values.get(name, Cursor(five[0].id)) for name in places})
    cql_requests.clear()
    for read in (read_inbox, partial(read_conversation, username=alice.username)):
        with pytest.raises(InvalidQuery) as refusal:
            read(owner=bob, place=place)
        assert [(error.field, error.code) for error in refusal.value.errors] == [(named, "exclusive")]
    assert cql_requests == []


# Days


BERLIN = ZoneInfo("Europe/Berlin")


def at(zone, *moment):
    return ticks_at(datetime(*moment, tzinfo=zone))


def test_a_date_lands_on_the_first_message_of_that_day_where_one_lives(alice, bob):
    for moment in ((24, 22, 30), (24, 23, 0), (25, 11, 0), (26, 22, 59), (26, 23, 0)):
        deliver(message(alice, bob, "{} {}:{:02}".format(*moment), ticks=at(UTC, 2026, 1, *moment)))

    def first(day, zone):
        page = read_inbox(owner=bob, place=Place(date=Day(date(2026, 1, day), zone)))
        return page.messages[-1].content if page.messages else None

    assert first(25, BERLIN) == "24 23:00"  # an hour before midnight in UTC
    assert first(25, UTC) == "25 11:00"
    assert first(26, BERLIN) == "26 22:59"
    assert first(27, BERLIN) == "26 23:00"
    assert first(1, BERLIN) == "24 22:30"  # the next that has any
    assert first(27, UTC) is None
    assert first(24, ZoneInfo("Pacific/Kiritimati")) == "24 22:30"


@pytest.mark.ring
def test_a_page_of_a_date_leads_on_in_both_directions(five, alice, bob):
    old = [message(alice, bob, f"old {number}", ticks=now() - 30 * DAY - number * SECOND) for number in range(2)]
    for sent in old:
        deliver(sent)
    day = Day(datetime.fromtimestamp(now() // SECOND - 15 * 86_400, UTC).date(), UTC)
    page = read_inbox(owner=bob, limit=2, place=Place(date=day))
    assert (contents(page), page.found_oldest, page.found_newest) == (["3", "4"], False, False)
    assert contents(read_inbox(owner=bob, place=Place(before=page.older))) == ["old 0", "old 1"]
    assert contents(read_inbox(owner=bob, place=Place(after=page.newer))) == ["0", "1", "2"]


def test_a_date_after_the_last_message_is_an_empty_page_that_leads_back(five, bob):
    page = read_inbox(owner=bob, place=Place(date=Day(date(2100, 1, 1), UTC)))
    assert (page.messages, page.found_newest) == ([], True)
    back = read_inbox(owner=bob, limit=2, place=Place(before=Cursor.decode(page.older.encode(), field="before")))
    assert contents(back) == ["0", "1"]


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("Europe/Berlin", (2026, 3, 29), (2026, 3, 28, 23)),  # its clocks skip 2:00
        ("Europe/Berlin", (2026, 3, 30), (2026, 3, 29, 22)),
        ("Europe/Berlin", (2026, 10, 25), (2026, 10, 24, 22)),  # they go back at 3:00
        ("Europe/Berlin", (2026, 10, 26), (2026, 10, 25, 23)),
        ("America/Havana", (2026, 3, 8), (2026, 3, 8, 5)),  # the clocks skip midnight
        ("America/Havana", (2026, 11, 1), (2026, 11, 1, 4)),  # they show midnight twice
        ("Pacific/Apia", (2011, 12, 30), (2011, 12, 30, 10)),  # there was no such day
        ("Pacific/Apia", (2011, 12, 31), (2011, 12, 30, 10)),
        ("Asia/Kathmandu", (2026, 1, 1), (2025, 12, 31, 18, 15)),
    ],
)
def test_days_begin_when_clocks_say_so(zone, day, begins):
    place = Day(date(*day), ZoneInfo(zone)).begins
    assert ticks_of(place.message_id) == at(UTC, *begins) - 1


def test_every_day_of_every_time_zone_begins_at_its_first_moment():
    """The microsecond before is of another day, whatever the clocks do in between."""
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for year in (2011, 2026):
            for day in (date(year, 1, 1) + timedelta(days=number) for number in range(365)):
                moment = (ticks_of(Day(day, zone).begins.message_id) + 1) // 10
                first = datetime.fromtimestamp(moment // 1_000_000, zone)
                assert first.date() >= day, (name, day)
                assert (first.astimezone(UTC) - timedelta(seconds=1)).astimezone(zone).date() < day, (name, day)


@pytest.mark.parametrize("day", [date.min, date(1582, 1, 1), date(1969, 12, 31), date(9999, 12, 31)])
def test_days_that_no_message_can_be_of_are_places_all_the_same(five, bob, day):
    for zone in (ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Niue")):
        page = read_inbox(owner=bob, place=Place(date=Day(day, zone)))
        assert contents(page) == ([] if day.year == 9999 else ["0", "1", "2", "3", "4"])


# What it costs


@pytest.fixture
def many(alice, bob):
    """60 messages of the last minute between Alice and Bob; 5 of thirty days ago."""
    for number in range(65):
        ago = number * SECOND if number < 60 else 30 * DAY
        writing.append(message(alice, bob, str(number), ticks=now() - ago))


@pytest.mark.parametrize(
    ("place", "requests"),
    [
        ({}, ["newest"]),
        ({"before": 0}, ["older"]),
        ({"after": 59}, ["newer"]),
        ({"around": 30}, ["at_or_older", "newer"]),
        ({"date": 20}, ["newer", "buckets_up", "oldest"]),
    ],
)
def test_any_page_costs_one_wave_of_reads_where_its_bucket_has_enough(
    many, alice, bob, place, requests, cql_requests, redis_requests, django_assert_num_queries
):
    newest = read_inbox(owner=bob, limit=100).messages
    if "date" in place:
        day = datetime.fromtimestamp(now() // SECOND - place["date"] * 86_400, UTC).date()
        where = Place(date=Day(day, UTC))
    else:
        where = Place(**{name: Cursor(newest[number].id) for name, number in place.items()})
    cql_requests.clear()
    redis_requests.clear()
    with django_assert_num_queries(0):
        assert len(read_inbox(owner=bob, limit=50, place=where).messages) == 50
    assert (cql_requests, redis_requests) == (requests, [])
    find_timeline(owner=bob, username=alice.username)  # has Redis know whose name it is
    cql_requests.clear()
    redis_requests.clear()
    with django_assert_num_queries(0):
        assert len(read_conversation(owner=bob, username=alice.username, place=where).messages) == 50
    assert (cql_requests, redis_requests) == (requests, ["HMGET"])


def contents_of_first(owner, peer=None, limit=50):
    """The contents of a first page as the API gets it, of the inbox or of a conversation."""

    def show(page):
        return orjson.dumps([sent.content for sent in page.messages])

    if peer is None:
        return orjson.loads(show_inbox(owner=owner, show=show, limit=limit))
    return orjson.loads(show_conversation(owner=owner, username=peer.username, show=show, limit=limit))


def test_first_pages_are_cached_and_a_hit_is_one_request_to_redis(
    many, alice, bob, cql_requests, redis_requests, django_assert_num_queries
):
    contents_of_first(alice)  # Redis gets to know the scripts
    find_timeline(owner=bob, username=alice.username)  # and whose name it is
    redis_requests.clear()
    cql_requests.clear()
    first = contents_of_first(bob, alice)
    assert (cql_requests, redis_requests) == (["newest"], ["HMGET", "HMGET", "EVALSHA", "EVALSHA"])
    cql_requests.clear()
    redis_requests.clear()
    with django_assert_num_queries(0):
        assert contents_of_first(bob, alice) == first  # whose name, then the page
        assert contents_of_first(bob) == contents_of_first(bob) == first
    assert cql_requests == ["newest"]
    assert redis_requests == ["HMGET", "HMGET", "HMGET", "EVALSHA", "HMGET"]
    cql_requests.clear()
    redis_requests.clear()
    assert contents_of_first(bob, alice, limit=49) == first[:49]
    assert (cql_requests, redis_requests) == (["newest"], ["HMGET"])


@pytest.mark.ring
def test_whatever_happens_in_a_conversation_is_in_both_peoples_cached_first_pages_at_once(alice, bob):
    deliver(sent := message(alice, bob, "first"))

    def pages():
        return [contents_of_first(*who) for who in ((alice, bob), (bob, alice), (alice,), (bob,))]

    assert pages() == [["first"]] * 4
    deliver(message(bob, alice, "second"))
    assert pages() == [["second", "first"]] * 4
    edit_message(author=alice, message_id=sent.id, content="edited")
    assert pages() == [["second", "edited"]] * 4
    delete_for_everyone(author=alice, message_id=sent.id)
    assert pages() == [["second", ""]] * 4
    remove_message(owner=bob, message_id=sent.id)
    assert pages() == [["second", ""], ["second"], ["second", ""], ["second"]]


def test_pages_of_several_conversations_are_cached_apart(alice, bob, new_person):
    carol = new_person()
    deliver(message(alice, bob, "from alice"))
    deliver(message(carol, bob, "from carol"))
    for _ in range(2):
        assert contents_of_first(bob, alice) == ["from alice"]
        assert contents_of_first(bob, carol) == ["from carol"]
        assert contents_of_first(bob) == ["from carol", "from alice"]
