"""Reading a conversation: what is answered, where it goes on, what is read then."""

from dataclasses import replace

import pytest

from messaging.services.altering import remove_message
from messaging.services.conversations import read_one
from messaging.services.history import Place
from messaging.services.reading import BEFORE_ALL, mark_as_seen, open_conversation, position_of
from messaging.services.sending import send_message
from messaging.services.unread import mark_unread, read_up_to
from messaging.types import BUCKET_SPAN, Cursor
from tests.messaging.making import SECOND, message, now, store_in_time


@pytest.mark.ring
def test_what_is_answered_is_one_request_however_far_it_lies_back(alice, bob, cql_requests):
    span = BUCKET_SPAN * SECOND
    asked = [message(bob, alice, f"asked {number}", ticks=now() - number * 3 * span) for number in range(1, 6)]
    # More than a page, or the walk would look for the end of the history.
    for one in (*asked, message(bob, alice, ticks=now() - 20 * SECOND)):
        store_in_time(one)
    for number, one in enumerate(asked):
        store_in_time(replace(message(alice, bob, "yes", ticks=now() - (9 - number) * SECOND), reply_to=one.id))
    cql_requests.clear()
    reading = open_conversation(owner=alice, username=bob.username, limit=5)
    assert {one.reply_to for one in reading.page.messages} == {one.id for one in asked}
    assert reading.answered == {one.id: one for one in asked}
    assert cql_requests == ["conversation", "newest", "find_some_messages"]


def test_what_is_answered_on_the_same_page_costs_nothing(alice, bob, cql_requests):
    asked = send_message(sender=bob, recipient=alice.username, content="asked")
    send_message(sender=alice, recipient=bob.username, content="yes", reply_to=asked.id)
    cql_requests.clear()
    assert open_conversation(owner=alice, username=bob.username).answered == {asked.id: asked}
    assert cql_requests.count("find_some_messages") == 0


def test_a_removed_message_is_not_answered(alice, bob):
    asked = send_message(sender=bob, recipient=alice.username, content="asked")
    send_message(sender=alice, recipient=bob.username, content="yes", reply_to=asked.id)
    remove_message(owner=alice, message_id=asked.id)
    assert open_conversation(owner=alice, username=bob.username).answered == {}
    assert open_conversation(owner=bob, username=alice.username).answered == {asked.id: asked}


def test_what_was_read_is_not_marked_again(alice, bob, cql_requests):
    send_message(sender=bob, recipient=alice.username, content="hello")
    mark_as_seen(open_conversation(owner=alice, username=bob.username))
    assert read_one(owner=alice, username=bob.username).unread.count == 0
    reading = open_conversation(owner=alice, username=bob.username)
    cql_requests.clear()
    mark_as_seen(reading)
    assert cql_requests == []


@pytest.mark.ring
def test_the_position_is_where_unread_messages_begin(alice, bob):
    send_message(sender=bob, recipient=alice.username, content="one")
    second = send_message(sender=bob, recipient=alice.username, content="two")
    assert position_of(read_one(owner=alice, username=bob.username).conversation) == BEFORE_ALL
    read_up_to(owner=alice, username=bob.username, up_to=second.id)
    assert position_of(read_one(owner=alice, username=bob.username).conversation) == Cursor(second.id)
    mark_unread(owner=alice, username=bob.username, first=second.id)
    position = position_of(read_one(owner=alice, username=bob.username).conversation)
    after = open_conversation(owner=alice, username=bob.username, place=Place(after=position))
    assert [one.id for one in after.page.messages] == [second.id]


def test_where_more_came_than_a_page_holds_it_opens_around_the_position_and_else_with_the_newest(alice, bob):
    sent = [message(bob, alice, str(number), ticks=now() - (9 - number) * SECOND) for number in range(6)]
    for one in sent:
        store_in_time(one)

    def opened(position):
        page = open_conversation(owner=alice, username=bob.username, position=Cursor(position.id), limit=2).page
        return [one.content for one in page.messages]

    assert opened(sent[1]) == ["2", "1"]
    assert opened(sent[4]) == opened(sent[5]) == ["5", "4"]


def test_a_page_further_on_that_leaves_out_what_is_unread_marks_nothing(alice, bob):
    sent = [message(bob, alice, ticks=now() - (9 - number) * SECOND) for number in range(6)]
    for one in sent:
        store_in_time(one)
    read_up_to(owner=alice, username=bob.username, up_to=sent[0].id)

    def unread_after_seeing(page_after):
        place = Place(after=Cursor(page_after.id))
        mark_as_seen(open_conversation(owner=alice, username=bob.username, place=place, limit=2))
        return read_one(owner=alice, username=bob.username).unread.count

    assert unread_after_seeing(sent[2]) == 5
    assert unread_after_seeing(sent[0]) == 3
