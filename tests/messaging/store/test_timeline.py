"""Timelines: every way of walking shows each message exactly once."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.store import timeline
from messaging.store.session import get_session
from messaging.types import INBOX, Cursor, Timeline, bucket_of, conversation_id_of
from tests.messaging.making import DAY, SECOND, id_at, message, now, order


def store(messages):
    for sent in messages:
        timeline.append(sent)
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


def test_both_people_have_a_message_in_inbox_and_conversation(alice, bob):
    sent = message(alice, bob)
    timeline.append(sent)
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
    timeline.append(sent)
    assert timeline.read_older(Timeline(alice.pk), limit=10).messages == [sent]
    assert timeline.read_older(Timeline(alice.pk, conversation_id_of(alice.pk, alice.pk)), limit=10).messages == [sent]


def test_an_empty_timeline_says_that_both_ends_are_there(alice):
    page = timeline.read_older(Timeline(alice.pk), limit=10)
    assert (page.messages, page.found_oldest, page.found_newest) == ([], True, True)
    assert (page.older, page.newer) == (None, None)


@pytest.mark.parametrize("limit", [1, 7, 50, 100])
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
    assert walk_down(Timeline(bob.pk), 2)[0] == messages
    assert walk_up(Timeline(bob.pk), 2, Cursor(messages[-1].id)) == messages[:-1]


def test_messages_that_arrive_while_walking_disturb_nothing(alice, bob):
    messages = store([message(alice, bob, str(number), ticks=now() - SECOND - number) for number in range(9)])
    where = Timeline(bob.pk)
    first = timeline.read_older(where, limit=3)
    newer = message(alice, bob, "newer")
    timeline.append(newer)
    second = timeline.read_older(where, before=first.older, limit=3)
    assert [*first.messages, *second.messages] == messages[:6]
    assert timeline.read_newer(where, after=first.newer, limit=3).messages == [newer]


def test_rows_that_their_owner_removed_are_skipped_and_reading_goes_on_behind_them(alice, bob):
    messages = store([message(alice, bob, str(number), ticks=now() - number) for number in range(12)])
    for removed in messages[1:10]:
        _remove_copy(bob, removed)
    page = timeline.read_older(Timeline(bob.pk), limit=2)
    assert (page.messages, page.found_oldest) == ([messages[0], messages[10]], False)
    page = timeline.read_older(Timeline(bob.pk), before=page.older, limit=2)
    assert (page.messages, page.found_oldest) == ([messages[11]], True)


def _remove_copy(owner, removed):
    """What removing one's copy leaves: the ids, and nothing else."""
    get_session().execute(
        "UPDATE timeline SET removed_at = toTimestamp(now()), sender = null, recipient = null, content = null"
        " WHERE owner_id = %s AND conversation_id = %s AND bucket = %s AND message_id = %s",
        (owner.pk, INBOX, bucket_of(removed.id), removed.id),
    )


@pytest.mark.parametrize(("skipped", "left"), [(0, 5), (1, 4), (4, 1), (5, 0)])
def test_skipping_leaves_what_is_behind(alice, bob, monkeypatch, skipped, left):
    monkeypatch.setattr(timeline, "IDS_AT_ONCE", 2)
    messages = store([message(alice, bob, str(number), ticks=now() - number * 4 * DAY) for number in range(5)])
    place = timeline.skip(Timeline(bob.pk), skipped)
    assert timeline.read_older(Timeline(bob.pk), before=place, limit=10).messages == messages[5 - left :]


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


def rows_of(owner, peer):
    """Everything that is stored for one side of a conversation, but for the log of changes."""
    session = get_session()
    conversation = conversation_id_of(owner.pk, peer.pk)
    buckets = list(range(bucket_of(id_at(now() - 40 * DAY)), bucket_of(id_at(now())) + 2))
    key = (owner.pk, INBOX, conversation)
    return [
        sorted(map(repr, session.execute(statement, parameters)))
        for statement, parameters in (
            (
                "SELECT conversation_id, bucket, message_id, sender_id, sender, recipient_id, recipient, content,"
                " writetime(content) AS stamp FROM timeline"
                " WHERE owner_id = %s AND conversation_id IN (%s, %s) AND bucket IN %s",
                (*key, _Numbers(buckets)),
            ),
            ("SELECT * FROM timeline_buckets WHERE owner_id = %s AND conversation_id IN (%s, %s)", key),
            (
                "SELECT peer, last, writetime(last) AS stamp, read_up_to FROM conversations WHERE owner_id = %s",
                (owner.pk,),
            ),
        )
    ]


class _Numbers:
    """A list for an IN."""

    def __init__(self, numbers):
        self.numbers = numbers

    def __str__(self):
        return f"({', '.join(map(str, self.numbers))})"


def test_no_order_and_no_repetition_of_sends_changes_the_rows_that_remain(new_person):
    """Each round sends the same ten messages both ways, in another order, some of them twice or thrice."""
    ticks = [now() - number * DAY for number in range(9)] + [now()]
    seen = []
    for round_ in range(4):
        rng = random.Random(round_)
        alice, bob = (
            new_person(f"a{round_}{rng.getrandbits(40)}"[:16]),
            new_person(f"b{round_}{rng.getrandbits(40)}"[:16]),
        )
        ids = [id_at(tick, low=number * 1_000_003) for number, tick in enumerate(ticks)]
        pairs = [(alice, bob) if number % 3 else (bob, alice) for number in range(10)]
        messages = [
            timeline.Message(message_id, sender.pk, sender.username, recipient.pk, recipient.username, f"text {number}")
            for number, (message_id, (sender, recipient)) in enumerate(zip(ids, pairs, strict=True))
        ]
        plan = messages + rng.sample(messages, 5) + rng.sample(messages, 3)
        rng.shuffle(plan)
        for sent in plan:
            timeline.append(sent)
        rows = [rows_of(alice, bob), rows_of(bob, alice)]
        seen.append(_without_people(repr(rows), alice, bob))
    assert seen[0] == seen[1] == seen[2] == seen[3]


def _without_people(text, alice, bob):
    for name, person in (("alice", alice), ("bob", bob)):
        text = text.replace(person.username, name).replace(str(person.pk), name)
    return text.replace(str(conversation_id_of(alice.pk, bob.pk)), "conversation")


def test_the_conversation_shows_its_newest_message_whatever_arrives_last(alice, bob):
    older, newer = message(alice, bob, "older", ticks=now() - SECOND), message(bob, alice, "newer")
    for sent in (newer, older, older, newer, older):
        timeline.append(sent)
    rows = get_session().execute("SELECT peer, last, read_up_to FROM conversations WHERE owner_id = %s", (alice.pk,))
    assert list(rows) == [
        {"peer": bob.username, "last": (newer.id, bob.username, "newer"), "read_up_to": older.id},
    ]


def test_every_try_of_a_send_leaves_a_change_for_each_person(alice, bob):
    sent = message(alice, bob)
    timeline.append(sent)
    timeline.append(sent)
    day = now() // DAY
    for owner in (alice, bob):
        rows = get_session().execute(
            "SELECT change_id, kind, conversation_id, message_id FROM changes WHERE owner_id = %s AND day IN (%s, %s)",
            (owner.pk, day - 1, day),
        )
        changes = list(rows)
        assert [(row["kind"], row["conversation_id"], row["message_id"]) for row in changes] == [
            ("sent", sent.conversation_id, sent.id)
        ] * 2
        assert len({row["change_id"] for row in changes}) == 2


def test_the_preview_is_the_beginning_of_the_content_in_one_line():
    assert timeline.preview_of(" two\r\n\tlines  here ") == "two lines here"
    assert timeline.preview_of("x" * 4_000) == "x" * 100
