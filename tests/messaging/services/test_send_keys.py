"""Sending with a key: once, however often it is repeated."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from chatsystem.errors import (
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    InvalidPayload,
    RecipientNotFound,
    ReplyNotFound,
    StorageUnavailable,
)
from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.services.history import read_inbox
from messaging.services.sending import send_message, send_once
from messaging.store import send_keys, totals, writing
from messaging.store.session import get_session
from messaging.store.totals import Total
from messaging.types import Timeline
from tests.messaging.making import SECOND, message, now, store_in_time
from tests.messaging.store.raw import changes_of, conversation_of, copies_of


@pytest.fixture
def key():
    return str(uuid.uuid4())


def messages(owner):
    return list(read_inbox(owner=owner, limit=10).messages)


def claims(sender):
    rows = get_session().execute("SELECT sender_id, key FROM send_keys")
    return [row["key"] for row in rows if row["sender_id"] == sender.pk]


@pytest.mark.ring
def test_a_repeated_send_is_the_same_message_and_there_is_one(alice, bob, key):
    first = send_once(sender=alice, recipient=bob.username, content="hello", key=key)
    second = send_once(sender=alice, recipient=bob.username, content="hello", key=key)
    assert (first.replayed, second.replayed) == (False, True)
    assert first.message == second.message
    assert messages(alice) == messages(bob) == [first.message]


def test_another_key_is_another_message(alice, bob):
    for number in range(2):
        assert not send_once(sender=alice, recipient=bob.username, content="hello", key=str(number)).replayed
    assert len(messages(bob)) == 2


@pytest.mark.ring
def test_a_key_is_its_senders_alone(alice, bob, key):
    send_once(sender=alice, recipient=bob.username, content="hello", key=key)
    assert not send_once(sender=bob, recipient=alice.username, content="hello", key=key).replayed
    assert len(messages(bob)) == 2


def test_sending_with_a_key_costs_one_transaction_more(
    alice, bob, key, cql_requests, redis_requests, django_assert_num_queries
):
    send_message(sender=alice, recipient=bob.username, content="hello")  # has Redis know that Bob takes it
    for _ in range(2):  # the repetition costs the same
        cql_requests.clear()
        redis_requests.clear()
        with django_assert_num_queries(0):
            send_once(sender=alice, recipient=bob.username, content="hello", key=key)
        assert cql_requests == ["claim_send_key", "send"]
        assert redis_requests == ["HMGET", "EVALSHA"]


@pytest.mark.ring
def test_another_body_with_the_same_key_is_refused_and_nothing_is_stored(alice, bob, new_person, key):
    other = send_message(sender=alice, recipient=bob.username, content="to reply to")
    sent = send_once(sender=alice, recipient=bob.username, content="hello", key=key).message
    for body in (
        {"recipient": bob.username, "content": "hello "},
        {"recipient": new_person().username, "content": "hello"},
        {"recipient": bob.username, "content": "hello", "reply_to": other.id},
    ):
        with pytest.raises(IdempotencyKeyReused):
            send_once(sender=alice, key=key, **body)
    assert messages(alice) == [sent, other]


def test_a_recipient_in_another_case_is_the_same_body(alice, bob, key):
    send_once(sender=alice, recipient=bob.username, content="hello", key=key)
    assert send_once(sender=alice, recipient=bob.username.upper(), content="hello", key=key).replayed


@pytest.mark.ring
def test_a_refused_send_leaves_its_key_free(alice, bob, new_person, key, cql_requests):
    with pytest.raises(RecipientNotFound):
        send_once(sender=alice, recipient="later", content="hello", key=key)
    assert cql_requests == ["find_send_key"]
    with pytest.raises(InvalidPayload):
        send_once(sender=alice, recipient=bob.username, content=" ", key=key)
    with pytest.raises(ReplyNotFound):
        send_once(sender=alice, recipient=bob.username, content="hello", reply_to=uuid.uuid1(), key=key)
    assert claims(alice) == []
    assert not send_once(sender=alice, recipient=bob.username, content="hello", key=key).replayed


@pytest.mark.parametrize("became", ["suspended", "deleted", "somebody else"])
def test_a_repetition_takes_no_notice_of_what_became_of_the_recipient(alice, bob, new_person, key, became):
    first = send_once(sender=alice, recipient=bob.username, content="hello", key=key).message
    name = bob.username
    if became == "suspended":
        bob.is_active = False
        bob.save()
    else:
        type(bob).objects.filter(pk=bob.pk).delete()
    if became == "somebody else":
        assert messages(new_person(name)) == []
    second = send_once(sender=alice, recipient=name, content="hello", key=key)
    assert (second.message, second.replayed) == (first, True)
    with pytest.raises(IdempotencyKeyReused):
        send_once(sender=alice, recipient=name, content="something else", key=key)
    assert messages(alice) == [first]


def test_a_repetition_takes_no_notice_of_what_became_of_the_message_that_it_answers(alice, bob, key):
    question = send_message(sender=bob, recipient=alice.username, content="well?")
    body = {"sender": alice, "recipient": bob.username, "content": "yes", "reply_to": question.id, "key": key}
    first = send_once(**body).message
    remove_message(owner=alice, message_id=question.id)
    assert send_once(**body).message == first
    assert first.reply_to == question.id


@pytest.mark.ring
def test_a_repetition_brings_back_nothing_that_was_changed_since(alice, bob, key):
    body = {"sender": alice, "recipient": bob.username, "content": "secret", "key": key}
    sent = send_once(**body).message
    edited = edit_message(author=alice, message_id=sent.id, content="edited")
    assert send_once(**body).message == sent  # what was answered first
    assert messages(alice) == messages(bob) == [edited]
    redacted = delete_for_everyone(author=alice, message_id=sent.id)
    remove_message(owner=bob, message_id=sent.id)
    assert send_once(**body).message == sent
    assert (messages(alice), messages(bob)) == ([redacted], [])
    assert "secret" not in repr((copies_of(sent), conversation_of(alice, bob), conversation_of(bob, alice)))


def test_no_content_is_kept_beside_the_key(alice, bob, key):
    send_once(sender=alice, recipient=bob.username, content="secret", key=key)
    (row,) = get_session().execute("SELECT * FROM send_keys WHERE sender_id = %s AND key = %s", (alice.pk, key))
    assert "secret" not in repr(row)


@pytest.mark.ring
def test_a_key_is_kept_for_24_hours(alice, bob, key):
    send_once(sender=alice, recipient=bob.username, content="hello", key=key)
    (row,) = get_session().execute(
        "SELECT TTL(fingerprint) AS ttl FROM send_keys WHERE sender_id = %s AND key = %s", (alice.pk, key)
    )
    assert 86_390 <= row["ttl"] <= 86_400


@pytest.mark.ring
def test_each_try_is_told_to_whoever_catches_up(alice, bob, key):
    for _ in range(2):
        sent = send_once(sender=alice, recipient=bob.username, content="hello", key=key).message
    assert changes_of(alice) == changes_of(bob) == [("sent", sent.id)] * 2


def test_a_send_that_got_no_answer_is_settled_by_repeating_it(alice, bob, key, parts, hanging):
    body = {"sender": alice, "recipient": bob.username, "content": "hello", "key": key}
    with hanging(parts.cassandra), pytest.raises(StorageUnavailable):
        send_once(**body)
    sent = send_once(**body).message
    assert messages(alice) == messages(bob) == [sent]


def test_tries_at_once_are_one_message(alice, bob, key):
    def send(_):
        # As `get_recipient` and not by SQL, whose test transaction the threads don't see.
        sent = message(alice, bob)
        earlier = send_keys.claim(key, sent, fingerprint=b"")
        writing.append(sent if earlier is None else message_of(earlier))
        return earlier.message_id if earlier else sent.id

    def message_of(claim):
        return writing.Message(claim.message_id, alice.pk, claim.sender, claim.recipient_id, claim.recipient, "hello")

    with ThreadPoolExecutor(8) as pool:
        (sent,) = set(pool.map(send, range(16)))
    assert [found.id for found in messages(alice)] == [found.id for found in messages(bob)] == [sent]


@pytest.mark.ring
def test_a_claim_that_meets_itself_is_not_a_repetition(alice, bob, key):
    """The driver sends a request again whose answer was lost."""
    sent = message(alice, bob)
    for _ in range(2):
        assert send_keys.claim(key, sent, fingerprint=b"") is None


@pytest.mark.ring
def test_a_send_that_is_finished_late_is_counted(alice, bob, key, monkeypatch):
    """The first try was cut short an hour ago, behind its claim; others arrived since, and they were counted."""
    monkeypatch.setattr(totals, "CHECKPOINT_AFTER", 1)
    early = message(alice, bob, ticks=now() - 3_600 * SECOND)
    body = {"sender": alice, "recipient": bob.username, "content": early.content, "key": key}
    with monkeypatch.context() as patch:
        patch.setattr("messaging.services.sending.ids.new_id", lambda: early.id)
        patch.setattr(writing, "append", lambda _: None)
        send_once(**body)
    store_in_time(message(alice, bob, ticks=now() - 20 * SECOND))
    for rows_counted in (1, 0):  # a check-point knows it the second time
        assert totals.read_total(Timeline(bob.pk)) == Total(1, rows_counted)
    assert send_once(**body).message == early
    assert totals.read_total(Timeline(bob.pk)).messages == 2
    assert messages(bob)[1] == early


@pytest.mark.parametrize("key", ["", "x" * 65, "two words", "tab\t", "é", "\x7f", "line\n"])
def test_a_key_that_cannot_be_is_refused_before_anything_is_asked(alice, bob, key, cql_requests):
    with pytest.raises(InvalidIdempotencyKey):
        send_once(sender=alice, recipient=bob.username, content="hello", key=key)
    assert cql_requests == []


@pytest.mark.parametrize("key", ["x", "~" * 64, '"!quoted"'])
def test_any_visible_characters_are_a_key(alice, bob, key):
    assert not send_once(sender=alice, recipient=bob.username, content="hello", key=key).replayed
    assert send_once(sender=alice, recipient=bob.username, content="hello", key=key).replayed
