"""POST /messages/send with an Idempotency-Key."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.services import recipients
from tests.contract.talking import INVALID_PAYLOAD, change_people, faults, refusal
from tests.factories import new_name


@pytest.fixture
def key():
    return str(uuid.uuid4())


def send(sender, recipient, content, key, path="messages/send", **members):
    body = {"recipient": recipient, "content": content, **members}
    return sender.api.post(path, json=body, headers={**sender.headers, "Idempotency-Key": key})


def test_a_repeated_send_gets_the_same_answer_marked_as_a_replay(alice, bob, key):
    first, second = (send(alice, bob.username, "hello", key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert alice.history()["messages"] == bob.history()["messages"] == [first.json()]


def test_the_short_address_takes_the_same_keys(alice, bob, key):
    first = send(alice, bob.username, "hello", key)
    second = send(alice, bob.username, "hello", key, path="send")
    assert second.json() == first.json()
    assert second.headers["Idempotent-Replayed"] == "true"


def test_tries_at_once_on_both_workers_are_one_message(alice, bob, key):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(alice, bob.username, "hello", key), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert ["Idempotent-Replayed" in answer.headers for answer in answers].count(False) == 1
    assert bob.history()["messages"] == [answers[0].json()]


def test_another_body_with_the_same_key_is_a_422(alice, bob, key):
    sent = send(alice, bob.username, "hello", key).json()
    response = send(alice, bob.username, "something else", key)
    assert refusal(response)[:2] == (422, "idempotency_key_reused")
    assert faults(response) == [("Idempotency-Key", "idempotency_key_reused")]
    assert bob.history()["messages"] == [sent]


def close_account(server, bob):
    change_people(server, "UPDATE accounts_user SET is_active = 0 WHERE id = ?", bob)
    recipients.forget([bob.username])  # as the service does that changes an account


def block_alice(alice, bob):
    assert bob.api.put(f"users/me/blocks/{alice.username}", headers=bob.headers).status_code == 204


@pytest.mark.parametrize("event", ["closed", "blocked"])
def test_a_repetition_is_answered_whatever_became_of_the_recipient_since(alice, bob, key, server, event):
    first = send(alice, bob.username, "hello", key)
    if event == "closed":
        close_account(server, bob)
    else:
        block_alice(alice, bob)
    second = send(alice, bob.username, "hello", key)
    assert (second.status_code, second.content) == (201, first.content)
    assert refusal(send(alice, bob.username, "hello", "new"))[:2] == (400, "recipient_not_found")


def test_a_refused_send_leaves_its_key_free(alice, bob, key):
    assert refusal(send(alice, new_name(), "hello", key))[:2] == (400, "recipient_not_found")
    assert refusal(send(alice, bob.username, " ", key)) == INVALID_PAYLOAD
    assert send(alice, bob.username, "hello", key).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 65, "two words", b"\xc3\xa9"])
def test_a_key_that_cannot_be_is_a_400_and_nothing_is_stored(alice, bob, key):
    response = send(alice, bob.username, "hello", key)
    assert refusal(response)[:2] == (400, "invalid_idempotency_key")
    assert faults(response) == [("Idempotency-Key", "invalid_idempotency_key")]
    assert bob.history()["messages"] == []
