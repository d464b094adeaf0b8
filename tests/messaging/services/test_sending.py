"""Sending."""

import pytest

from chatsystem.errors import InvalidPayload, RecipientNotFound
from messaging.services.history import read_inbox
from messaging.services.sending import send_message


@pytest.mark.ring
def test_a_message_stands_in_both_inboxes(alice, bob):
    message = send_message(sender=alice, recipient=bob.username, content="hello")
    assert read_inbox(owner=alice, limit=10).messages == [message]
    assert read_inbox(owner=bob, limit=10).messages == [message]


def test_sending_costs_one_batch(alice, bob, cql_requests, redis_requests, django_assert_num_queries):
    send_message(sender=alice, recipient=bob.username, content="hello")  # has Redis know that Bob takes it
    cql_requests.clear()
    redis_requests.clear()
    with django_assert_num_queries(0):
        send_message(sender=alice, recipient=bob.username, content="hello")
    assert cql_requests == ["send"]
    assert redis_requests == ["HMGET", "EVALSHA"]


def test_unacceptable_content_is_refused_and_nothing_is_stored(alice, bob, cql_requests):
    with pytest.raises(InvalidPayload) as refusal:
        send_message(sender=alice, recipient=bob.username, content=" \n")
    assert [error.code for error in refusal.value.errors] == ["blank"]
    assert cql_requests == []
    assert read_inbox(owner=bob, limit=10).messages == []


def test_an_unknown_recipient_is_refused_and_nothing_is_stored(alice, cql_requests):
    with pytest.raises(RecipientNotFound):
        send_message(sender=alice, recipient="nobody", content="hello")
    assert cql_requests == []
    assert read_inbox(owner=alice, limit=10).messages == []
