"""Totals are exact, and only what came since the check-point is counted."""

import threading

import pytest

from messaging.store import timeline, totals, writing
from messaging.store.session import get_session
from messaging.store.totals import CHECKPOINT_AFTER, Total, read_total
from messaging.types import INBOX, Timeline, last_id_at
from tests.messaging.making import DAY, SECOND, message, now

OLD = 20 * SECOND  # long enough ago to be behind a check-point


@pytest.fixture
def inbox(alice, bob):
    """Bob's inbox with 150 messages that have settled, in three buckets; nothing was counted yet."""
    for number in range(150):
        _add(message(alice, bob, ticks=now() - OLD - number % 3 * 10 * DAY))
    return Timeline(bob.pk)


def _add(sent):
    """Store a message without what a late send does about check-points."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totals, "is_late", lambda _: False)
        writing.append(sent)


def _checkpoint(where):
    rows = get_session().execute(
        "SELECT counted, writetime(counted) AS stamp FROM timeline_buckets"
        " WHERE owner_id = %s AND conversation_id = %s LIMIT 1",
        (where.owner_id, where.conversation_id),
    )
    return next(iter(rows))


def test_an_empty_timeline_has_no_messages(alice):
    assert read_total(Timeline(alice.pk)) == Total(messages=0, rows_counted=0)


def test_a_short_timeline_is_counted_each_time(alice, bob):
    for _ in range(3):
        writing.append(message(alice, bob))
    assert read_total(Timeline(bob.pk)) == Total(messages=3, rows_counted=3)
    assert _checkpoint(Timeline(bob.pk))["counted"] is None


@pytest.mark.ring
def test_what_was_counted_once_is_not_counted_again(inbox, alice, bob):
    assert read_total(inbox) == Total(messages=150, rows_counted=150)
    assert _checkpoint(inbox)["counted"][0] == 150
    assert read_total(inbox) == Total(messages=150, rows_counted=0)
    writing.append(message(alice, bob))
    assert read_total(inbox) == Total(messages=151, rows_counted=1)


def test_the_requests_for_a_total_do_not_grow_with_what_was_counted(inbox, cql_requests):
    read_total(inbox)
    cql_requests.clear()
    read_total(inbox)
    assert cql_requests == ["count_state", "count"]


@pytest.mark.ring
def test_messages_of_the_last_ten_seconds_are_behind_no_checkpoint(inbox, alice, bob):
    for _ in range(30):
        writing.append(message(alice, bob))
    assert read_total(inbox) == Total(messages=180, rows_counted=180)
    assert _checkpoint(inbox)["counted"][0] == 150
    assert read_total(inbox) == Total(messages=180, rows_counted=30)


@pytest.mark.ring
def test_the_checkpoint_moves_on_when_much_came_since(inbox, alice, bob):
    read_total(inbox)
    get_session().execute(
        "UPDATE timeline_buckets USING TIMESTAMP %s SET counted = (100, %s)"
        " WHERE owner_id = %s AND conversation_id = %s",
        (now() // 10, last_id_at((now() - 100 * DAY) // 10), bob.pk, INBOX),
    )
    # It says 100 before all of these, so that a right answer shows that it was believed.
    assert read_total(inbox) == Total(messages=250, rows_counted=150)


@pytest.mark.ring
def test_a_send_that_ends_late_is_counted_although_a_checkpoint_passed_its_id(inbox, alice, bob):
    read_total(inbox)
    writing.append(message(alice, bob, ticks=now() - 11 * SECOND))
    assert _checkpoint(inbox)["counted"] is None
    assert read_total(inbox) == Total(messages=151, rows_counted=151)


def test_a_late_send_deletes_the_checkpoints_of_all_four_timelines(alice, bob, cql_requests):
    writing.append(message(alice, bob, ticks=now() - 11 * SECOND))
    assert cql_requests == ["send", "forget_count", "forget_count", "forget_count", "forget_count"]


@pytest.mark.ring
def test_a_send_that_ends_late_during_a_count_leaves_no_wrong_checkpoint(inbox, alice, bob, monkeypatch):
    """The count has begun and has read its bucket when the late message arrives; its check-point must not last."""
    count, late = totals._count, message(alice, bob, ticks=now() - 11 * SECOND)

    def count_then_wait_for_a_send(statement, *arguments):
        found = count(statement, *arguments)
        if statement is totals.COUNT_SETTLED:
            sender = threading.Thread(target=writing.append, args=(late,))
            sender.start()
            sender.join()
        return found

    monkeypatch.setattr(totals, "_count", count_then_wait_for_a_send)
    read_total(inbox)
    monkeypatch.undo()
    assert _checkpoint(inbox)["counted"] is None
    assert read_total(inbox).messages == 151


@pytest.mark.ring
def test_a_checkpoint_carries_the_time_at_which_its_count_began_less_ten_seconds(inbox):
    before = now() // 10
    read_total(inbox)
    after = now() // 10
    assert before - 10_000_000 <= _checkpoint(inbox)["stamp"] <= after - 10_000_000


@pytest.mark.ring
def test_rows_that_their_owner_removed_do_not_count(inbox, bob):
    newest = timeline.read_older(inbox, limit=1).messages[0]
    get_session().execute(
        "UPDATE timeline SET removed_at = toTimestamp(now()), sender = null, recipient = null, content = null"
        " WHERE owner_id = %s AND conversation_id = %s AND bucket = %s AND message_id = %s",
        (bob.pk, INBOX, timeline.bucket_of(newest.id), newest.id),
    )
    assert read_total(inbox).messages == 149


@pytest.mark.ring
def test_more_buckets_than_one_read_brings_are_all_counted(alice, bob):
    for number in range(totals.BUCKETS_AT_ONCE + totals.COUNTS_AT_ONCE):
        _add(message(alice, bob, ticks=now() - OLD - number * 10 * DAY))
    assert read_total(Timeline(bob.pk)) == Total(messages=26, rows_counted=26)


def test_checkpoints_begin_where_counting_costs_more_than_a_write(alice, bob):
    for _ in range(CHECKPOINT_AFTER - 1):
        _add(message(alice, bob, ticks=now() - OLD))
    read_total(Timeline(bob.pk))
    assert _checkpoint(Timeline(bob.pk))["counted"] is None
    _add(message(alice, bob, ticks=now() - OLD))
    read_total(Timeline(bob.pk))
    assert _checkpoint(Timeline(bob.pk))["counted"][0] == CHECKPOINT_AFTER
