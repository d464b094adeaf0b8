"""Read positions, and what is unread after them."""

from dataclasses import replace

import pytest

from chatsystem.errors import ConversationNotFound, InvalidPayload
from messaging.services import conversations, unread
from messaging.services.altering import delete_for_everyone, remove_message
from messaging.services.sending import deliver, send_message
from messaging.services.unread import count_unread, mark_newest_unread, mark_unread, read_everything, read_up_to
from messaging.store import conversations as store
from messaging.store import timeline
from messaging.store import unread as counting
from messaging.types import Unread, conversation_id_of, stamp_of
from tests.messaging.making import DAY, SECOND, id_at, message, now

NOTHING = Unread(0, more=False)


@pytest.fixture
def send():
    """`send(alice, bob, 3, ago=DAY)` sends three messages a second apart, and returns them, oldest first."""

    def make(sender, recipient, count=1, *, ago=0):
        begin = now() - ago - count * SECOND
        messages = [message(sender, recipient, str(number), ticks=begin + number * SECOND) for number in range(count)]
        for sent in messages:
            deliver(sent)
        return messages

    return make


def unread_of(owner, peer):
    return conversations.read_one(owner=owner, username=peer.username).unread


def row(owner, peer):
    return store.find(owner.pk, conversation_id_of(owner.pk, peer.pk))


@pytest.mark.ring
def test_what_others_sent_is_unread_and_what_one_sent_oneself_is_not(alice, bob, send):
    send(alice, bob, 3)
    assert unread_of(bob, alice) == Unread(3, more=False)
    assert unread_of(alice, bob) == NOTHING
    assert (count_unread(owner=bob), count_unread(owner=alice)) == (Unread(3, more=False), NOTHING)


def test_messages_to_oneself_are_never_unread(alice, send):
    send(alice, alice, 3)
    assert unread_of(alice, alice) == NOTHING


@pytest.mark.ring
def test_reading_up_to_a_message_leaves_what_came_after_it(alice, bob, send):
    messages = send(alice, bob, 5)
    summary = read_up_to(owner=bob, username=alice.username, up_to=messages[2].id)
    assert summary.unread == unread_of(bob, alice) == Unread(2, more=False)
    assert summary.conversation.read_up_to == messages[2].id
    assert count_unread(owner=bob) == Unread(2, more=False)


@pytest.mark.ring
def test_whoever_answers_has_read_what_came_before(alice, bob, send):
    send(alice, bob, 2)
    send_message(sender=bob, recipient=alice.username, content="answer")
    assert unread_of(bob, alice) == NOTHING
    send_message(sender=alice, recipient=bob.username, content="and more")
    assert unread_of(bob, alice) == Unread(1, more=False)


@pytest.mark.ring
def test_one_reads_on_past_own_and_removed_messages(alice, bob, send):
    """Bob's own stand between: he sent them elsewhere before he marked this as unread."""
    first = send(alice, bob, 2, ago=60 * SECOND)
    send(bob, alice, 3, ago=30 * SECOND)
    last = send(alice, bob, 3)
    mark_unread(owner=bob, username=alice.username, first=first[1].id)
    assert unread_of(bob, alice) == Unread(4, more=False)
    remove_message(owner=bob, message_id=last[0].id)
    remove_message(owner=alice, message_id=last[1].id)  # her own copy
    assert unread_of(bob, alice) == Unread(3, more=False)


def test_a_conversation_whose_unread_messages_were_all_removed_is_read(alice, bob, send):
    for sent in send(alice, bob, 3):
        remove_message(owner=bob, message_id=sent.id)
    assert unread_of(bob, alice) == NOTHING
    assert count_unread(owner=bob) == NOTHING


def test_a_message_that_was_deleted_for_everyone_is_still_a_gap_to_see(alice, bob, send):
    sent = send(alice, bob, 2)
    delete_for_everyone(author=alice, message_id=sent[1].id)
    assert unread_of(bob, alice) == Unread(2, more=False)
    assert read_up_to(owner=bob, username=alice.username, up_to=sent[1].id).unread == NOTHING


def test_reading_up_to_a_message_that_was_removed_meanwhile_is_as_good(alice, bob, send):
    sent = send(alice, bob, 2)
    remove_message(owner=bob, message_id=sent[1].id)
    assert read_up_to(owner=bob, username=alice.username, up_to=sent[1].id).unread == NOTHING


@pytest.mark.ring
def test_the_position_never_moves_back_whichever_device_tells_last(alice, bob, send):
    messages = send(alice, bob, 5)
    read_up_to(owner=bob, username=alice.username, up_to=messages[3].id)
    late = read_up_to(owner=bob, username=alice.username, up_to=messages[1].id)
    assert (late.conversation.read_up_to, late.unread) == (messages[3].id, Unread(1, more=False))
    assert (row(bob, alice).read_up_to, unread_of(bob, alice)) == (messages[3].id, Unread(1, more=False))


@pytest.mark.ring
def test_two_devices_that_read_the_row_at_once_end_at_the_later_position(alice, bob, send):
    """Both knew the same row; the one that read less writes last."""
    messages = send(alice, bob, 5)
    known = row(bob, alice)
    store.move_read_position(known, messages[4].id)
    store.move_read_position(known, messages[1].id)
    assert row(bob, alice).read_up_to == messages[4].id


@pytest.mark.ring
def test_one_can_mark_as_unread_what_was_read(alice, bob, send):
    messages = send(alice, bob, 5)
    read_up_to(owner=bob, username=alice.username, up_to=messages[4].id)
    marked = mark_unread(owner=bob, username=alice.username, first=messages[2].id)
    assert marked.unread == unread_of(bob, alice) == count_unread(owner=bob) == Unread(3, more=False)
    assert marked.conversation.marked_from == messages[2].id


def test_marking_what_is_still_to_be_read_hides_nothing_before_it(alice, bob, send):
    messages = send(alice, bob, 5)
    assert mark_unread(owner=bob, username=alice.username, first=messages[4].id).unread == Unread(5, more=False)
    read_up_to(owner=bob, username=alice.username, up_to=messages[0].id)
    assert mark_unread(owner=bob, username=alice.username, first=messages[3].id).unread == Unread(4, more=False)


@pytest.mark.ring
def test_reading_ends_a_mark(alice, bob, send):
    messages = send(alice, bob, 5)
    read_up_to(owner=bob, username=alice.username, up_to=messages[4].id)
    mark_unread(owner=bob, username=alice.username, first=messages[2].id)
    assert read_up_to(owner=bob, username=alice.username, up_to=messages[4].id).unread == NOTHING
    assert (unread_of(bob, alice), row(bob, alice).marked_from) == (NOTHING, None)


def test_reading_ends_a_mark_of_what_had_not_been_read_before(alice, bob, send):
    messages = send(alice, bob, 5)
    mark_unread(owner=bob, username=alice.username, first=messages[3].id)
    read_up_to(owner=bob, username=alice.username, up_to=messages[1].id)
    assert unread_of(bob, alice) == Unread(3, more=False)
    read_up_to(owner=bob, username=alice.username, up_to=messages[4].id)
    assert unread_of(bob, alice) == NOTHING


@pytest.mark.ring
def test_answering_ends_a_mark_and_a_late_send_does_not(alice, bob, send):
    messages = send(alice, bob, 3, ago=60 * SECOND)
    read_up_to(owner=bob, username=alice.username, up_to=messages[2].id)
    mark_unread(owner=bob, username=alice.username, first=messages[1].id)
    deliver(message(bob, alice, "sent before, and stored late", ticks=now() - 30 * SECOND))
    assert unread_of(bob, alice) == Unread(2, more=False)
    send_message(sender=bob, recipient=alice.username, content="answer")
    assert unread_of(bob, alice) == NOTHING


@pytest.mark.ring
@pytest.mark.parametrize("ahead", [5, -5])
def test_marks_and_reads_that_follow_each_other_hold_though_clocks_are_five_seconds_apart(
    alice, bob, send, monkeypatch, ahead
):
    """The first device's server is ahead or behind; each of them saw what the other had done."""
    messages = send(alice, bob, 3)
    true, skewed = store.now, lambda: now() // 10 + ahead * 1_000_000
    position = {"username": alice.username, "up_to": messages[2].id}
    for _ in range(2):
        monkeypatch.setattr(store, "now", skewed)
        read_up_to(owner=bob, **position)
        assert unread_of(bob, alice) == NOTHING
        monkeypatch.setattr(store, "now", true)
        mark_unread(owner=bob, username=alice.username, first=messages[1].id)
        assert unread_of(bob, alice) == Unread(2, more=False)
        monkeypatch.setattr(store, "now", skewed)
        mark_unread(owner=bob, username=alice.username, first=messages[0].id)
        assert unread_of(bob, alice) == Unread(3, more=False)
        monkeypatch.setattr(store, "now", true)
        read_up_to(owner=bob, **position)
        assert unread_of(bob, alice) == NOTHING


def test_a_message_of_a_server_that_is_ahead_can_be_marked_as_unread(alice, bob):
    sent = message(alice, bob, ticks=now() + 5 * SECOND)
    deliver(sent)
    read_up_to(owner=bob, username=alice.username, up_to=sent.id)
    assert mark_unread(owner=bob, username=alice.username, first=sent.id).unread == Unread(1, more=False)
    assert unread_of(bob, alice) == Unread(1, more=False)


def test_a_place_that_no_message_can_have_yet_is_refused(alice, bob, send, cql_requests):
    send(alice, bob, 1)
    cql_requests.clear()
    future = id_at(now() + 61 * SECOND)
    for field, call in (
        ("up_to", lambda: read_up_to(owner=bob, username=alice.username, up_to=future)),
        ("from", lambda: mark_unread(owner=bob, username=alice.username, first=future)),
    ):
        with pytest.raises(InvalidPayload) as refusal:
            call()
        assert [(error.field, error.code) for error in refusal.value.errors] == [(field, "in_the_future")]
    assert cql_requests == []
    assert unread_of(bob, alice) == Unread(1, more=False)


def test_a_conversation_that_is_not_there_has_no_position(alice, bob, new_person, send):
    send(alice, bob, 1)
    for username in (new_person().username, "nobody at all"):
        with pytest.raises(ConversationNotFound):
            read_up_to(owner=bob, username=username, up_to=id_at(now()))
        with pytest.raises(ConversationNotFound):
            mark_unread(owner=bob, username=username, first=id_at(now()))
    assert [one.peer for one in store.read_all(bob.pk)] == [alice.username]


def test_all_is_right_when_the_peers_account_is_gone(alice, bob, send):
    messages = send(alice, bob, 3)
    username = alice.username
    alice.delete()
    assert count_unread(owner=bob) == Unread(3, more=False)
    assert read_up_to(owner=bob, username=username, up_to=messages[1].id).unread == Unread(1, more=False)
    assert mark_unread(owner=bob, username=username.upper(), first=messages[0].id).unread == Unread(3, more=False)


@pytest.mark.ring
def test_marking_everything_read_reaches_every_conversation_and_what_comes_then_is_unread(bob, new_person, send):
    people = [new_person() for _ in range(3)]
    for person in people:
        send(person, bob, 2)
    marked = send(people[0], bob, 1)[0]
    read_everything(owner=bob)
    mark_unread(owner=bob, username=people[0].username, first=marked.id)
    assert count_unread(owner=bob) == Unread(1, more=False)
    read_everything(owner=bob)
    assert [unread_of(bob, person) for person in people] == [NOTHING] * 3
    send_message(sender=people[1], recipient=bob.username, content="new")
    assert count_unread(owner=bob) == Unread(1, more=False)


def test_marking_everything_read_is_one_read_and_a_batch_for_fifty_that_need_it(
    bob, new_person, send, cql_requests, monkeypatch
):
    monkeypatch.setattr(store, "READ_AT_ONCE", 2)
    for _ in range(3):
        send(new_person(), bob, 1)
    send(bob, new_person(), 1)
    cql_requests.clear()
    read_everything(owner=bob)
    assert cql_requests == ["conversations", "read", "read"]
    assert count_unread(owner=bob) == NOTHING


def test_a_hidden_conversation_is_not_in_the_total_until_its_next_message(alice, bob, new_person, send):
    send(alice, bob, 2)
    send(new_person(), bob, 1)
    conversations.hide(owner=bob, username=alice.username)
    assert count_unread(owner=bob) == Unread(1, more=False)
    send_message(sender=alice, recipient=bob.username, content="new")
    assert count_unread(owner=bob) == Unread(4, more=False)


@pytest.mark.parametrize(("count", "expected"), [(99, Unread(99, more=False)), (100, Unread(99, more=True))])
def test_more_than_ninety_nine_are_not_counted(alice, bob, send, count, expected):
    send(alice, bob, count)
    assert unread_of(bob, alice) == count_unread(owner=bob) == expected


def test_the_total_of_several_conversations_ends_at_ninety_nine_too(bob, new_person, send):
    send(new_person(), bob, 60)
    send(new_person(), bob, 39)
    assert count_unread(owner=bob) == Unread(99, more=False)
    send(new_person(), bob, 1)
    assert count_unread(owner=bob) == Unread(99, more=True)


def test_behind_very_many_removed_messages_the_count_is_at_least_what_was_found(alice, bob, send, monkeypatch):
    monkeypatch.setattr(counting, "ROWS_AT_MOST", 6)
    monkeypatch.setattr(counting, "HITS_AT_MOST", 4)
    messages = send(alice, bob, 9)
    for sent in messages[1:6]:
        remove_message(owner=bob, message_id=sent.id)
    assert unread_of(bob, alice) == Unread(1, more=True)
    assert count_unread(owner=bob) == Unread(1, more=True)
    remove_message(owner=bob, message_id=messages[0].id)
    assert unread_of(bob, alice) == Unread(0, more=True)


def test_a_total_over_very_many_conversations_with_nothing_to_read_stops(bob, new_person, send, monkeypatch):
    monkeypatch.setattr(unread, "COUNTED_AT_MOST", 2)
    for ago in (1, 2, 3):
        (sent,) = send(new_person(), bob, 1, ago=ago * DAY)
        if ago < 3:
            remove_message(owner=bob, message_id=sent.id)
    assert count_unread(owner=bob) == Unread(0, more=True)


@pytest.mark.ring
def test_unread_messages_of_years_are_all_counted(alice, bob, send):
    for number in range(40):
        send(alice, bob, 2, ago=number * 30 * DAY)
    assert unread_of(bob, alice) == Unread(80, more=False)


@pytest.mark.parametrize(
    ("oldest", "waves"),
    [
        (0, [["newer_ids"]]),
        (10 * DAY, [["newer_ids", "oldest_ids"]]),
        (100 * DAY, [["newer_ids", "oldest_ids", "buckets_up"], ["oldest_ids"] * 9]),
    ],
)
def test_counting_takes_one_request_in_the_positions_bucket_and_two_waves_else(
    alice, bob, send, cql_waves, oldest, waves
):
    read = send(alice, bob, 1, ago=oldest + 30 * SECOND)[0]
    read_up_to(owner=bob, username=alice.username, up_to=read.id)
    for ago in range(0, oldest + 1, 10 * DAY):
        send(alice, bob, 1, ago=ago)
    known = row(bob, alice)
    cql_waves.clear()
    assert store.count_unread_of([known]) == [Unread(1 + oldest // (10 * DAY), more=False)]
    assert cql_waves == waves


def test_a_conversation_that_was_never_read_is_counted_in_one_wave_where_it_is_young(alice, bob, send, cql_waves):
    send(alice, bob, 3)
    known = row(bob, alice)
    cql_waves.clear()
    assert store.count_unread_of([known]) == [Unread(3, more=False)]
    assert cql_waves == [["oldest_ids", "buckets_up"]]


def test_unread_messages_in_more_buckets_than_one_read_brings_are_at_least_those_found(alice, bob, send, monkeypatch):
    monkeypatch.setattr(counting, "BUCKETS_AT_ONCE", 3)
    monkeypatch.setattr(timeline, "BUCKETS_AT_ONCE", 3)
    for number in range(5):
        send(alice, bob, 1, ago=number * 10 * DAY)
    assert unread_of(bob, alice) == Unread(4, more=True)


def test_a_total_is_one_read_and_the_counts_side_by_side(bob, new_person, send, cql_waves):
    for _ in range(4):
        send(new_person(), bob, 2, ago=SECOND)
    send(bob, new_person(), 1)
    cql_waves.clear()
    assert count_unread(owner=bob) == Unread(8, more=False)
    assert cql_waves == [["conversations"], ["oldest_ids", "buckets_up"] * 4]


def test_a_total_is_cached_until_something_happens(alice, bob, send, cql_requests, redis_requests):
    def total(owner=bob):
        return unread.show_unread(owner=owner, show=lambda counted: str(counted.count).encode())

    total(alice)  # Redis gets to know the scripts
    send(alice, bob, 2)
    cql_requests.clear()
    redis_requests.clear()
    assert (total(), total()) == (b"2", b"2")
    assert cql_requests == ["conversations", "oldest_ids", "buckets_up"]
    assert redis_requests == ["HMGET", "EVALSHA", "EVALSHA", "HMGET"]
    sent = send_message(sender=alice, recipient=bob.username, content="new")
    assert total() == b"3"
    remove_message(owner=bob, message_id=sent.id)
    assert total() == b"2"
    read_up_to(owner=bob, username=alice.username, up_to=sent.id)
    assert total() == b"0"
    mark_unread(owner=bob, username=alice.username, first=sent.id)
    assert total() == b"0"  # it was removed
    send(alice, bob, 1)
    read_everything(owner=bob)
    assert total() == b"0"
    conversations.hide(owner=bob, username=alice.username)
    assert total() == b"0"


@pytest.mark.ring
def test_stamps_say_when_a_position_was_reached(alice, bob, send):
    """The position carries the microsecond of its message, so a position of another clock can't undo it."""
    sent = send(alice, bob, 1)[0]
    before = row(bob, alice)
    assert (before.read_up_to, before.marked_at) == (None, 0)
    mark_unread(owner=bob, username=alice.username, first=sent.id)
    read_up_to(owner=bob, username=alice.username, up_to=sent.id)
    after = row(bob, alice)
    assert replace(after, marked_at=0, unread_from=None) == replace(before, read_up_to=sent.id)
    assert stamp_of(after.read_up_to) < now() // 10


def test_the_newest_message_of_the_other_can_be_unread_again(alice, bob, send):
    send(alice, bob, 2, ago=SECOND)
    send(bob, alice)
    assert unread_of(bob, alice) == NOTHING
    assert mark_newest_unread(owner=bob, username=alice.username.upper()) is True
    assert unread_of(bob, alice) == Unread(1, more=False)


def test_where_the_other_wrote_nothing_nothing_becomes_unread(alice, bob, send):
    send(bob, alice)
    assert mark_newest_unread(owner=bob, username=alice.username) is False
    assert unread_of(bob, alice) == NOTHING
    with pytest.raises(ConversationNotFound):
        mark_newest_unread(owner=alice, username="nobody")
