"""The list of conversations: what is new first, and both ways through it."""

import pytest

from chatsystem.errors import InvalidQuery
from messaging.services.altering import remove_message
from messaging.services.conversations import Filters, hide, set_flags
from messaging.services.inbox import Spot, list_conversations
from messaging.services.sending import deliver
from messaging.services.unread import mark_unread, read_everything, read_up_to
from messaging.store import conversations as store
from messaging.types import Cursor, Unread, last_id_at
from tests.messaging.making import SECOND, message, now, store_in_time

LIMIT = 2


def send(sender, recipient, *, ago=0):
    sent = message(sender, recipient, ticks=now() - ago)
    deliver(sent)
    return sent


def peers(listed):
    return [one.conversation.peer for one in listed.summaries]


def names(people):
    return [person.username for person in people]


@pytest.fixture
def six(bob, new_person):
    """Six people who wrote to Bob, who wrote last standing first; he has read what the even ones wrote (0, 2, 4)."""
    people = [new_person() for _ in range(6)]
    for number, person in enumerate(people):
        sent = send(person, bob, ago=(number + 1) * SECOND)
        if number % 2 == 0:
            read_up_to(owner=bob, username=person.username, up_to=sent.id)
    return people


def in_order(six):
    return names([six[1], six[3], six[5], six[0], six[2], six[4]])


def walk_down(owner, **options):
    pages = [list_conversations(owner=owner, limit=LIMIT, **options)]
    while pages[-1].older:
        pages.append(list_conversations(owner=owner, limit=LIMIT, before=pages[-1].older, **options))
    return pages


@pytest.mark.ring
def test_what_is_unread_stands_first_whatever_its_time(six, bob):
    listed = list_conversations(owner=bob)
    assert peers(listed) == in_order(six)
    assert (listed.older, listed.newer, listed.unread) == (None, None, Unread(3, more=False))


@pytest.mark.ring
def test_pages_lead_down_and_the_same_pages_up_again(six, bob):
    down = walk_down(bob)
    assert [peers(page) for page in down] == [in_order(six)[:2], in_order(six)[2:4], in_order(six)[4:]]
    assert [page.newer is None for page in down] == [True, False, False]
    second = list_conversations(owner=bob, limit=LIMIT, after=down[2].newer)
    assert second == down[1]
    assert list_conversations(owner=bob, limit=LIMIT, after=second.newer) == down[0]


def test_only_the_first_page_knows_how_much_is_new(six, bob):
    assert [page.unread for page in walk_down(bob)] == [Unread(2, more=True), None, None]


@pytest.mark.ring
def test_reading_while_one_walks_leaves_nothing_out(six, bob):
    first = list_conversations(owner=bob, limit=LIMIT)
    read_up_to(owner=bob, username=six[3].username, up_to=store.read_all(bob.pk)[3].last_id)
    rest = list_conversations(owner=bob, before=first.older)
    assert peers(rest) == names([six[5], six[0], six[2], six[3], six[4]])


@pytest.mark.ring
def test_a_message_that_comes_while_one_walks_stands_on_the_first_page(six, bob):
    first = list_conversations(owner=bob, limit=LIMIT)
    send(six[4], bob)
    assert peers(list_conversations(owner=bob, before=first.older)) == names([six[5], six[0], six[2]])
    assert peers(list_conversations(owner=bob, limit=1)) == names([six[4]])


def test_where_few_are_left_before_a_place_the_first_page_comes_in_full(six, bob):
    second = walk_down(bob)[1]
    hide(owner=bob, username=six[1].username)
    assert peers(list_conversations(owner=bob, limit=LIMIT, after=second.newer)) == names([six[3], six[5]])


def test_the_first_page_comes_in_full_too_where_one_of_a_pagefull_before_a_place_only_seemed_to_match(six, bob):
    third = Spot.of(store.read_all(bob.pk)[5])
    remove_message(owner=bob, message_id=store.read_all(bob.pk)[1].last_id)
    listed = list_conversations(owner=bob, limit=LIMIT, after=third, filters=Filters(unread=True))
    assert peers(listed) == names([six[3], six[5]])


def test_muted_conversations_are_never_new(six, bob):
    set_flags(owner=bob, username=six[1].username, muted=True)
    listed = list_conversations(owner=bob)
    assert peers(listed) == names([six[3], six[5], six[0], six[1], six[2], six[4]])
    assert listed.unread == Unread(2, more=False)
    assert peers(list_conversations(owner=bob, filters=Filters(unread=True))) == names([six[3], six[5], six[1]])


def test_archived_conversations_are_counted_where_they_are_left_out(six, bob):
    for person in six[:2]:
        set_flags(owner=bob, username=person.username, archived=True)
    listed = list_conversations(owner=bob, filters=Filters(archived=False))
    assert peers(listed) == names([six[3], six[5], six[2], six[4]])
    assert (listed.archived, listed.archived_new) == (2, 1)
    assert peers(list_conversations(owner=bob, filters=Filters(archived=True))) == names([six[1], six[0]])


def test_hidden_conversations_are_left_out_and_not_counted(six, bob):
    set_flags(owner=bob, username=six[1].username, archived=True)
    hide(owner=bob, username=six[1].username)
    listed = list_conversations(owner=bob)
    assert peers(listed) == names([six[3], six[5], six[0], six[2], six[4]])
    assert listed.archived == 0


def test_what_only_seemed_unread_is_no_unread_conversation(six, bob):
    remove_message(owner=bob, message_id=store.read_all(bob.pk)[1].last_id)
    assert [peers(page) for page in walk_down(bob, filters=Filters(unread=True))] == [names([six[3], six[5]])]
    assert list_conversations(owner=bob).unread == Unread(2, more=False)


def test_several_conversations_have_a_hundred_new_messages_together_as_one_has(alice, bob, new_person):
    """Of 99 the number is told, of a hundred that there are more, though neither conversation has so many."""
    for sender in (alice, new_person()):
        for number in range(50):
            store_in_time(message(sender, bob, ticks=now() - (number + 1) * SECOND))
    assert list_conversations(owner=bob).unread == Unread(99, more=True)
    remove_message(owner=bob, message_id=store.read_all(bob.pk)[0].last_id)
    assert list_conversations(owner=bob).unread == Unread(99, more=False)


def test_what_was_marked_as_unread_is_new(six, bob):
    mark_unread(owner=bob, username=six[4].username, first=store.read_all(bob.pk)[4].last_id)
    assert peers(list_conversations(owner=bob, limit=4)) == names([six[1], six[3], six[4], six[5]])


def test_behind_the_end_is_nothing_and_a_way_nowhere(six, bob):
    listed = list_conversations(owner=bob, before=Spot(Cursor(last_id_at(0)), is_new=False))
    assert (peers(listed), listed.older, listed.newer, listed.unread) == ([], None, None, None)


def test_somebody_without_conversations_has_an_empty_list(alice):
    listed = list_conversations(owner=alice)
    assert (listed.summaries, listed.older, listed.newer, listed.archived) == ([], None, None, 0)
    assert listed.unread == Unread(0, more=False)


def test_a_place_survives_its_text():
    for is_new in (True, False):
        spot = Spot(Cursor(last_id_at(1_795_000_000_000_000)), is_new)
        assert Spot.decode(spot.encode(), field="before") == spot
        assert len(spot.encode()) == 23


@pytest.mark.parametrize("text", ["", "n", "x" + Cursor(last_id_at(0)).encode(), "nonsense", "e0123456789"])
def test_what_is_no_place_is_refused(text):
    with pytest.raises(InvalidQuery) as refusal:
        Spot.decode(text, field="after")
    assert [(error.field, error.code) for error in refusal.value.errors] == [("after", "invalid_cursor")]


def test_two_places_and_limits_out_of_range_are_refused_before_anything_is_read(bob, cql_requests):
    spot = Spot(Cursor(last_id_at(0)), is_new=True)
    for options in ({"before": spot, "after": spot}, {"limit": 0}, {"limit": 101}):
        with pytest.raises(InvalidQuery):
            list_conversations(owner=bob, **options)
    assert cql_requests == []


def test_a_list_costs_one_request_and_one_wave_for_what_is_unread(six, bob, cql_waves):
    list_conversations(owner=bob)
    assert [wave[0] for wave in cql_waves] == ["conversations", "oldest_ids"]
    assert len(cql_waves[1]) == 2 * 3  # of each what is in the last bucket, and which others there are
    cql_waves.clear()
    read_everything(owner=bob)
    cql_waves.clear()
    list_conversations(owner=bob)
    assert cql_waves == [["conversations"]]
