"""Stamps decide: whatever is done in whatever order, by whatever clocks, every copy ends as it should."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from chatsystem.errors import ChatError, MessageNotFound, MessageRedacted, NotYours
from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.services.history import read_inbox
from messaging.services.sending import send_once
from messaging.store import altering, session, writing
from messaging.types import INBOX, Message, moment_of, order_of, stamp_of
from messaging.types import now as clock
from tests.factories import new_name
from tests.messaging.making import SECOND, id_at, now
from tests.messaging.store.raw import conversation_of, copies_of

SKEW = 5  # seconds that a server's clock may be off
STAMP_OF_LAST_EDIT = 24 * 60 * 60 * 1_000_000  # microseconds after the send
REAL = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Expected:
    """What should have become of a message."""

    message: Message
    body: dict
    content: str
    edited: bool = False
    redacted: bool = False
    removed_by: set[UUID] = field(default_factory=set)

    def refusal(self, kind, actor):
        """The error that somebody should get who changes it."""
        if actor.pk in self.removed_by:
            return MessageNotFound
        if kind == "remove":
            return None
        if actor.pk != self.message.sender_id:
            return NotYours
        return MessageRedacted if kind == "edit" and self.redacted else None

    def copy(self, owner_id):
        """A person's copy, as `seen` shows it."""
        if owner_id in self.removed_by:
            return None, None, "removed"
        labels = ["edited"] * self.edited + ["redacted"] * self.redacted
        return self.message.sender, "" if self.redacted else self.content, " ".join(labels)


def seen(row):
    """A stored row, without the times at which it changed."""
    assert (row["sender_id"], row["recipient_id"]) != (None, None)
    if row["removed_at"]:
        return row["sender"], row["content"], "removed"
    labels = [name for name in ("edited", "redacted") if row[f"{name}_at"]]
    return row["sender"], row["content"], " ".join(labels)


@contextmanager
def skewed(seconds) -> Iterator[None]:
    """Have this process's clock be off, where writes ask it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(altering, "now", lambda: clock() + seconds * 1_000_000)
        patch.setattr("messaging.ids.new_id", lambda: id_at(now() + seconds * SECOND))
        yield


@contextmanager
def recorded() -> Iterator[list]:
    """Keep every batch that is written, to write it again."""
    batches = []
    run_batch = session.run_batch

    def record(name, statements):
        batches.append((name, statements))
        run_batch(name, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "run_batch", record)
        patch.setattr(altering, "run_batch", record)
        yield batches


STEP = st.tuples(
    st.sampled_from(["send", "retry", "edit", "redact", "remove"]),
    st.integers(0, 5),  # which message, of those that were sent
    st.integers(0, 1),  # who does it
    st.integers(-SKEW, SKEW),  # the clock of the server that they ask
)


class Play:
    """Two people, what they do, and what should be there then."""

    def __init__(self, alice, bob):
        self.people = [alice, bob]
        self.sent = []

    def step(self, kind, number, who, skew):
        actor = self.people[who]
        with skewed(skew):
            if kind == "send" or not self.sent:
                self.send(actor, self.people[1 - who])
            else:
                expected = self.sent[number % len(self.sent)]
                getattr(self, kind)(actor, expected)

    def send(self, sender, recipient):
        content = f"text {len(self.sent)}"
        body = {"sender": sender, "recipient": recipient.username, "content": content, "key": str(uuid4())}
        sent = send_once(**body)
        assert not sent.replayed
        self.sent.append(Expected(sent.message, body, content))

    def retry(self, _, expected):
        sent = send_once(**expected.body)
        assert (sent.message, sent.replayed) == (expected.message, True)

    def edit(self, actor, expected):
        content = f"{expected.content}, edited"
        if self.is_accepted(expected, "edit", actor, edit_message, author=actor, content=content):
            expected.content, expected.edited = content, True

    def redact(self, actor, expected):
        if self.is_accepted(expected, "redact", actor, delete_for_everyone, author=actor):
            expected.redacted = True

    def remove(self, actor, expected):
        if self.is_accepted(expected, "remove", actor, remove_message, owner=actor):
            expected.removed_by.add(actor.pk)

    def is_accepted(self, expected, kind, actor, service, **arguments):
        """Do it, and hold the answer against the one that it should get."""
        refusal = None
        try:
            service(message_id=expected.message.id, **arguments)
        except ChatError as error:
            refusal = type(error)
        assert refusal == expected.refusal(kind, actor)
        return refusal is None

    def check(self):
        """Compare every copy, both conversation rows and both inboxes with what should be there."""
        for expected in self.sent:
            for (owner_id, _), row in copies_of(expected.message).items():
                assert seen(row) == expected.copy(owner_id)
        in_order = sorted(self.sent, key=lambda expected: order_of(expected.message.id), reverse=True)
        for owner, peer in (self.people, self.people[::-1]):
            assert conversation_of(owner, peer) == self.conversation(owner, peer, in_order)
            assert [(found.id, found.content) for found in read_inbox(owner=owner, limit=100).messages] == [
                (expected.message.id, expected.copy(owner.pk)[1])
                for expected in in_order
                if owner.pk not in expected.removed_by
            ]

    def conversation(self, owner, peer, in_order):
        last = in_order[0]
        is_changed = last.edited or last.redacted or owner.pk in last.removed_by
        own = [expected.message.id for expected in in_order if expected.message.sender_id == owner.pk]
        return {
            "peer": peer.username,
            "last": (last.message.id, last.message.sender, None if is_changed else last.content),
            "read_up_to": own[0] if own else None,
        }


@pytest.mark.ring
@given(st.lists(STEP, min_size=1, max_size=15), st.randoms(use_true_random=False))
@REAL
def test_all_copies_are_as_they_should_be_whatever_people_do_and_whatever_is_written_again(db, steps, rng):
    """Then all batches are written again in another order, as hints and batch logs do."""
    play = Play(*(User.objects.create_user(new_name()) for _ in range(2)))
    with recorded() as batches:
        for step in steps:
            play.step(*step)
    play.check()
    rng.shuffle(batches)
    for name, statements in batches:
        session.run_batch(name, statements)
    play.check()


# Each change of one message, with the offset of its stamp from the message's where it has one.
CHANGES = st.lists(
    st.one_of(
        st.just(("send", 0)),
        st.tuples(st.just("edit"), st.sampled_from([1, 2, 1_000_000, STAMP_OF_LAST_EDIT])),
        st.tuples(st.just("redact"), st.integers(1, 3)),
        st.tuples(st.sampled_from(["remove sender's", "remove recipient's"]), st.integers(1, 3)),
    ),
    min_size=1,
    max_size=8,
)


def make(change, sent):
    kind, offset = change
    stamp, at = stamp_of(sent.id) + offset, moment_of(stamp_of(sent.id) + offset * 1_000)
    match kind:
        case "send":
            writing.append(sent)
        case "edit":
            altering.edit(sent, f"edited at {offset}", stamp=stamp)
        case "redact":
            altering.redact(sent, at=at, stamp=stamp + STAMP_OF_LAST_EDIT)
        case _:
            owner_id = sent.sender_id if "sender" in kind else sent.recipient_id
            altering.remove(sent, owner_id, at=at, stamp=stamp + STAMP_OF_LAST_EDIT)


@pytest.mark.ring
@given(CHANGES, st.randoms(use_true_random=False))
@REAL
def test_no_order_of_arrival_and_no_repetition_changes_what_remains(changes, rng):
    """The send may come last, or be repeated at the end."""
    changes = [("send", 0), *changes]
    message_id = id_at(now())
    ends = []
    for _ in range(3):
        alice, bob = User(username="alice"), User(username="bob")  # the store asks no SQL
        sent = Message(message_id, alice.pk, alice.username, bob.pk, bob.username, "hello")
        order = changes + rng.sample(changes, rng.randint(0, len(changes)))
        rng.shuffle(order)
        for change in order:
            make(change, sent)
        letters = {alice.pk: "alice", bob.pk: "bob"}
        ends.append(
            [
                (letters[owner_id], timeline == INBOX, {name: letters.get(value, value) for name, value in row.items()})
                for (owner_id, timeline), row in copies_of(sent).items()
            ]
            + [conversation_of(alice, bob), conversation_of(bob, alice)]
        )
    assert ends[0] == ends[1] == ends[2]
    if any(kind == "redact" for kind, _ in changes):
        assert {row["content"] for _, _, row in ends[0][:4]} <= {"", None}
