"""Timelines: every way of walking shows each message exactly once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.store import timeline, writing
from messaging.store.session import get_session
from messaging.types import INBOX, Cursor, Timeline, bucket_of, conversation_id_of
from tests.messaging.making import DAY, SECOND, id_at, message, now, order


def store(messages):
    for sent in messages:
        writing.append(sent)
    return sorted(messages, key=lambda sent: order(sent.id), reverse=True)


def walk_down(where, limit):
    """All messages by pages from the newest to the oldest, and how many pages that were."""
    page = timeline.read_older(where, limit=limit)
    assert page.found_newest
    found, pages = [*page.messages], 1
    while not page.found_oldest:
        page = timeline.read_older(where, before=page.older, limit=limit)
        assert not page.found_newest
        found, pages = [*found, *page.messages], pages + 1
    return found, pages


def walk_up(where, limit, start):
    """All messages after `start`, by pages, newest first."""
    page = timeline.read_newer(where, after=start, limit=limit)
    found = [*page.messages]
    while not page.found_newest:
        page = timeline.read_newer(where, after=page.newer, limit=limit)
        found = [*page.messages, *found]
    return found


@pytest.mark.ring
def test_both_people_have_a_message_in_inbox_and_conversation(alice, bob):
    sent = message(alice, bob)
    writing.append(sent)
    conversation = conversation_id_of(alice.pk, bob.pk)
    for where in (
        Timeline(alice.pk),
        Timeline(bob.pk),
        Timeline(alice.pk, conversation),
        Timeline(bob.pk, conversation),
    ):
        assert timeline.read_older(where, limit=10).messages == [sent]


def test_a_message_to_oneself_stands_once_in_each_timeline(alice):
    sent = message(alice, alice)
    writing.append(sent)
    assert timeline.read_older(Timeline(alice.pk), limit=10).messages == [sent]
    assert timeline.read_older(Timeline(alice.pk, conversation_id_of(alice.pk, alice.pk)), limit=10).messages == [sent]


def test_an_empty_timeline_says_that_both_ends_are_there(alice):
    page = timeline.read_older(Timeline(alice.pk), limit=10)
    assert (page.messages, page.found_oldest, page.found_newest) == ([], True, True)
    assert (page.older, page.newer) == (None, None)


@pytest.mark.parametrize("limit", [1, pytest.param(7, marks=pytest.mark.ring), 50, 100])
def test_200_messages_of_one_tick_are_walked_without_holes_or_doubles(alice, bob, limit):
    tick = now()
    messages = store([message(alice, bob, str(number), ticks=tick) for number in range(200)])
    where = Timeline(bob.pk)
    found, pages = walk_down(where, limit)
    assert found == messages
    assert pages == -(-200 // limit)
    assert walk_up(where, limit, Cursor(messages[-1].id)) == messages[:-1]


def test_a_page_that_ends_just_at_the_oldest_message_says_so(alice, bob):
    messages = store([message(alice, bob, ticks=now() - number) for number in range(4)])
    page = timeline.read_older(Timeline(bob.pk), limit=4)
    assert (page.messages, page.found_oldest) == (messages, True)
    page = timeline.read_older(Timeline(bob.pk), limit=3)
    assert (page.messages, page.found_oldest) == (messages[:3], False)


def test_empty_buckets_leave_no_hole_and_cost_no_read(alice, bob, cql_requests):
    years = [message(alice, bob, f"year {year}", ticks=now() - year * 366 * DAY) for year in range(4)]
    messages = store(years)
    cql_requests.clear()
    assert walk_down(Timeline(bob.pk), 10)[0] == messages
    assert cql_requests == ["newest", "buckets_down", "newest", "newest", "newest"]
    assert walk_up(Timeline(bob.pk), 10, Cursor(messages[-1].id)) == messages[:-1]


def test_a_message_of_a_server_whose_clock_is_ahead_is_found_over_a_buckets_edge(alice, bob, monkeypatch):
    edge = (now() // (10 * DAY) + 1) * 10 * DAY
    monkeypatch.setattr(timeline.time, "time", lambda: edge / SECOND - 3)  # three seconds before it
    messages = store([message(alice, bob, ticks=edge - 4 * SECOND), message(alice, bob, ticks=edge + SECOND)])
    assert walk_down(Timeline(bob.pk), 10)[0] == messages


def test_more_buckets_than_one_read_brings_are_all_walked(alice, bob, monkeypatch):
    monkeypatch.setattr(timeline, "BUCKETS_AT_ONCE", 3)
    messages = store([message(alice, bob, str(number), ticks=now() - number * 10 * DAY) for number in range(8)])
    for limit in (2, 100):
        assert walk_down(Timeline(bob.pk), limit)[0] == messages
        assert walk_up(Timeline(bob.pk), limit, Cursor(messages[-1].id)) == messages[:-1]


@pytest.mark.ring
def test_messages_that_arrive_while_walking_disturb_nothing(alice, bob):
    messages = store([message(alice, bob, str(number), ticks=now() - SECOND - number) for number in range(9)])
    where = Timeline(bob.pk)
    first = timeline.read_older(where, limit=3)
    newer = message(alice, bob, "newer")
    writing.append(newer)
    second = timeline.read_older(where, before=first.older, limit=3)
    assert [*first.messages, *second.messages] == messages[:6]
    assert timeline.read_newer(where, after=first.newer, limit=3).messages == [newer]


@pytest.mark.ring
def test_rows_that_their_owner_removed_are_skipped_and_reading_goes_on_behind_them(alice, bob):
    messages = store([message(alice, bob, str(number), ticks=now() - number) for number in range(12)])
    for removed in messages[1:10]:
        _remove_copy(bob, removed)
    page = timeline.read_older(Timeline(bob.pk), limit=2)
    assert (page.messages, page.found_oldest) == ([messages[0], messages[10]], False)
    page = timeline.read_older(Timeline(bob.pk), before=page.older, limit=2)
    assert (page.messages, page.found_oldest) == ([messages[11]], True)


def _remove_copy(owner, removed, conversation_id=INBOX):
    """What removing one's copy leaves: the ids, and nothing else."""
    get_session().execute(
        "UPDATE timeline SET removed_at = toTimestamp(now()), sender = null, recipient = null, content = null"
        " WHERE owner_id = %s AND conversation_id = %s AND bucket = %s AND message_id = %s",
        (owner.pk, conversation_id, bucket_of(removed.id), removed.id),
    )


def test_behind_very_many_removed_rows_a_page_comes_short_with_a_place_to_go_on(alice, bob, monkeypatch, cql_requests):
    """Here a page reads 20 rows at most: the newest and 19 of 30 removed ones; then the others and those behind."""
    monkeypatch.setattr(timeline, "ROWS_AT_MOST", 20)
    messages = store([message(alice, bob, str(number), ticks=now() - number) for number in range(33)])
    for removed in messages[1:31]:
        _remove_copy(bob, removed)
    cql_requests.clear()
    first = timeline.read_older(Timeline(bob.pk), limit=2)
    assert (first.messages, first.found_oldest, first.older) == ([messages[0]], False, Cursor(messages[19].id))
    assert cql_requests == ["newest", "older", "older"]  # 3, 6 and 12 rows
    second = timeline.read_older(Timeline(bob.pk), before=first.older, limit=2)
    assert (second.messages, second.found_oldest, second.older) == (messages[31:], True, None)
    assert walk_down(Timeline(bob.pk), 2) == ([messages[0], *messages[31:]], 2)
    assert walk_down(Timeline(bob.pk), 1)[0] == [messages[0], *messages[31:]]
    assert walk_up(Timeline(bob.pk), 1, Cursor(messages[-1].id)) == [messages[0], messages[31]]
    empty = timeline.read_newer(Timeline(bob.pk), after=Cursor(messages[30].id), limit=2)
    assert (empty.messages, empty.found_newest, empty.newer) == ([], False, Cursor(messages[10].id))
    around = timeline.read_around(Timeline(bob.pk), place=Cursor(messages[29].id), limit=4)
    assert (around.messages, around.older, around.newer) == (messages[31:], None, Cursor(messages[9].id))


def test_a_timeline_whose_every_row_was_removed_ends_without_a_message(alice, bob):
    messages = store([message(alice, bob, ticks=now() - number) for number in range(3)])
    for removed in messages:
        _remove_copy(bob, removed)
    page = timeline.read_older(Timeline(bob.pk), limit=2)
    assert (page.messages, page.found_oldest, page.newer) == ([], True, Cursor(messages[0].id))
    writing.append(newer := message(alice, bob, "newer"))
    assert timeline.read_newer(Timeline(bob.pk), after=page.newer, limit=2).messages == [newer]


@pytest.mark.parametrize(
    ("place", "limit", "first", "last", "ends"),
    [
        (5, 4, 3, 6, (False, False)),
        (5, 5, 3, 7, (False, False)),
        (5, 1, 5, 5, (False, False)),
        (0, 4, 0, 1, (False, True)),
        (0, 1, 0, 0, (False, True)),
        (9, 1, 9, 9, (True, False)),
        (9, 4, 7, 9, (True, False)),
        (5, 100, 0, 9, (True, True)),
    ],
)
def test_a_page_around_a_message_has_it_and_its_neighbours_on_both_sides(
    alice, bob, place, limit, first, last, ends, cql_requests
):
    messages = store([message(alice, bob, str(number), ticks=now() - number) for number in range(10)])
    page = timeline.read_around(Timeline(bob.pk), place=Cursor(messages[place].id), limit=limit)
    assert page.messages == messages[first : last + 1]
    assert (page.found_oldest, page.found_newest) == ends
    older = timeline.read_older(Timeline(bob.pk), before=page.older, limit=100) if page.older else None
    newer = timeline.read_newer(Timeline(bob.pk), after=page.newer, limit=100)
    assert [*newer.messages, *page.messages, *(older.messages if older else [])] == messages


def test_a_page_around_a_place_without_a_message_has_what_is_beside_it(alice, bob):
    messages = store([message(alice, bob, str(number), ticks=now() - number * SECOND) for number in range(4)])
    place = Cursor(id_at(now() - 3 * SECOND // 2))
    assert timeline.read_around(Timeline(bob.pk), place=place, limit=2).messages == messages[1:3]


def test_both_sides_of_a_page_around_a_message_are_read_side_by_side(alice, bob, cql_waves):
    messages = store([message(alice, bob, str(number), ticks=now() - number) for number in range(10)])
    cql_waves.clear()
    timeline.read_around(Timeline(bob.pk), place=Cursor(messages[5].id), limit=4)
    assert cql_waves == [["at_or_older", "newer"]]


@pytest.mark.ring
def test_a_thousand_messages_are_walked_both_ways_over_all_that_could_make_a_hole(alice, bob):
    """200 in one tick, 200 over four years, 600 in two weeks; a tenth removed here and there and 150 in a row;
    and with each page something new arrives."""
    conversation = Timeline(bob.pk, conversation_id_of(alice.pk, bob.pk))
    tick = now() - 20 * DAY
    ticks = [tick] * 200
    ticks += [now() - number * 1_461 * DAY // 200 for number in range(1, 201)]
    ticks += [now() - number * 14 * DAY // 600 for number in range(600)]
    messages = store([message(alice, bob, str(number), ticks=one) for number, one in enumerate(ticks)])
    removed = {*messages[5::10], *messages[300:450]}
    for one in removed:
        _remove_copy(bob, one, conversation.conversation_id)
    left = [one for one in messages if one not in removed]

    arrived = []
    for limit in (13, 50, 100):
        page = timeline.read_older(conversation, limit=limit)
        assert page.found_newest
        found = [*page.messages]
        while not page.found_oldest:
            arrived.insert(0, message(alice, bob, "new"))
            writing.append(arrived[0])
            page = timeline.read_older(conversation, before=page.older, limit=limit)
            found += page.messages
        assert found[len(found) - len(left) :] == left
        assert found[: len(found) - len(left)] == arrived[len(arrived) - (len(found) - len(left)) :]

    limit, place = 50, Cursor(left[-1].id)
    page = timeline.read_newer(conversation, after=place, limit=limit)
    found = [*page.messages]
    while not page.found_newest:
        arrived.insert(0, message(alice, bob, "new"))
        writing.append(arrived[0])
        page = timeline.read_newer(conversation, after=page.newer, limit=limit)
        found = [*page.messages, *found]
    assert found == [*arrived, *left[:-1]]


@pytest.mark.ring
@pytest.mark.parametrize(("skipped", "left"), [(0, 5), (1, 4), (4, 1), (5, 0)])
def test_skipping_leaves_what_is_behind(alice, bob, monkeypatch, skipped, left):
    monkeypatch.setattr(timeline, "IDS_AT_ONCE", 2)
    messages = store([message(alice, bob, str(number), ticks=now() - number * 4 * DAY) for number in range(5)])
    place = timeline.skip(Timeline(bob.pk), skipped)
    assert timeline.read_older(Timeline(bob.pk), before=place, limit=10).messages == messages[5 - left :]


def test_skipping_counts_no_removed_row_as_a_total_does(alice, bob):
    messages = store([message(alice, bob, str(number), ticks=now() - number) for number in range(5)])
    for removed in messages[:2]:
        _remove_copy(bob, removed)
    place = timeline.skip(Timeline(bob.pk), 2)
    assert timeline.read_older(Timeline(bob.pk), before=place, limit=10).messages == messages[4:]


def test_skipping_more_than_there_is_finds_no_place(alice, bob):
    store([message(alice, bob)])
    assert timeline.skip(Timeline(bob.pk), 2) is None


@given(st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_messages_of_any_times_are_walked_in_order_without_holes_or_doubles(new_person, data):
    """Times cluster: the same tick, neighbouring ticks, a bucket's edge, years apart."""
    alice, bob = new_person(), new_person()
    edge = (now() // (10 * DAY) - 3) * 10 * DAY
    times = st.sampled_from([edge - 1, edge, edge + 1, edge + SECOND, edge - 700 * DAY, edge + 10 * DAY])
    messages = store([message(alice, bob, ticks=tick) for tick in data.draw(st.lists(times, min_size=1, max_size=25))])
    limit = data.draw(st.integers(1, 10))
    assert walk_down(Timeline(bob.pk), limit)[0] == messages
    assert walk_up(Timeline(bob.pk), limit, Cursor(messages[-1].id)) == messages[:-1]
