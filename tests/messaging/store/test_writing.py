"""Writing: stamps decide, not arrival."""

import random

import pytest

from messaging.store import writing
from messaging.store.session import get_session
from messaging.types import INBOX, Message, bucket_of, conversation_id_of
from tests.messaging.making import DAY, SECOND, id_at, message, now


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


@pytest.mark.ring
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
            Message(message_id, sender.pk, sender.username, recipient.pk, recipient.username, f"text {number}")
            for number, (message_id, (sender, recipient)) in enumerate(zip(ids, pairs, strict=True))
        ]
        plan = messages + rng.sample(messages, 5) + rng.sample(messages, 3)
        rng.shuffle(plan)
        for sent in plan:
            writing.append(sent)
        rows = [rows_of(alice, bob), rows_of(bob, alice)]
        seen.append(_without_people(repr(rows), alice, bob))
    assert seen[0] == seen[1] == seen[2] == seen[3]


def _without_people(text, alice, bob):
    for name, person in (("alice", alice), ("bob", bob)):
        text = text.replace(person.username, name).replace(str(person.pk), name)
    return text.replace(str(conversation_id_of(alice.pk, bob.pk)), "conversation")


@pytest.mark.ring
def test_the_conversation_shows_its_newest_message_whatever_arrives_last(alice, bob):
    older, newer = message(alice, bob, "older", ticks=now() - SECOND), message(bob, alice, "newer")
    for sent in (newer, older, older, newer, older):
        writing.append(sent)
    rows = get_session().execute("SELECT peer, last, read_up_to FROM conversations WHERE owner_id = %s", (alice.pk,))
    assert list(rows) == [
        {"peer": bob.username, "last": (newer.id, bob.username, "newer"), "read_up_to": older.id},
    ]


@pytest.mark.ring
def test_every_try_of_a_send_leaves_a_change_for_each_person(alice, bob):
    sent = message(alice, bob)
    writing.append(sent)
    writing.append(sent)
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
    assert writing.preview_of(" two\r\n\tlines  here ") == "two lines here"
    assert writing.preview_of("x" * 4_000) == "x" * 100
