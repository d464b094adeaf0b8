"""Writing a message's copies.

Every write names its own stamp (`USING TIMESTAMP`), so rows end the same whatever the order in which
writes arrive and however often they are repeated.
"""

from collections.abc import Iterator
from itertools import chain
from uuid import UUID

from cassandra.query import BoundStatement

from chatsystem.limits import PREVIEW_LENGTH
from messaging import ids
from messaging.store import totals
from messaging.store.rows import MESSAGE_FIELDS, columns_of
from messaging.store.session import Statement, run_batch
from messaging.types import INBOX, Message, Timeline, bucket_of, day_of, stamp_of

# What a send writes. Only what is set is named: a null binding would be a tombstone.
SENT = MESSAGE_FIELDS[: MESSAGE_FIELDS.index("reply_to")]
SENT_AS_REPLY = (*SENT, "reply_to")
_INSERT = "INSERT INTO timeline (owner_id, conversation_id, bucket,"
ADD_MESSAGE = Statement(
    "add_message", f"{_INSERT} {columns_of(SENT)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"
)
ADD_REPLY = Statement(
    "add_reply", f"{_INSERT} {columns_of(SENT_AS_REPLY)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"
)
ADD_BUCKET = Statement(
    "add_bucket",
    "INSERT INTO timeline_buckets (owner_id, conversation_id, bucket) VALUES (?, ?, ?) USING TIMESTAMP ?",
)
ADD_SENT = Statement(
    "add_sent",
    "INSERT INTO conversations (owner_id, conversation_id, peer, last, read_up_to) VALUES (?, ?, ?, ?, ?)"
    " USING TIMESTAMP ?",
)
ADD_RECEIVED = Statement(
    "add_received",
    "INSERT INTO conversations (owner_id, conversation_id, peer, last) VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
)
ADD_CHANGE = Statement(
    "add_change",
    "INSERT INTO changes (owner_id, day, change_id, kind, conversation_id, message_id) VALUES (?, ?, ?, ?, ?, ?)",
)


def append(message: Message) -> None:
    """Put a message into every copy's place: two timelines of each person, their conversation rows, their changes.

    One logged batch, acknowledged by LOCAL_QUORUM. Doing it again changes nothing but adds a change, so a
    try that was half done is finished by the next. Raises `StorageUnavailable`, after which all of it or
    none of it may appear.
    """
    run_batch("send", list(chain.from_iterable(_copy(message, owner_id) for owner_id in message.owner_ids)))
    if totals.is_late(message):
        totals.forget(timelines_of(message))


def timelines_of(message: Message) -> list[Timeline]:
    """Return the timelines that hold a copy of `message`."""
    return [
        Timeline(owner_id, conversation_id)
        for owner_id in message.owner_ids
        for conversation_id in (INBOX, message.conversation_id)
    ]


def _copy(message: Message, owner_id: UUID) -> Iterator[BoundStatement]:
    """One person's part of a send."""
    stamp, bucket, conversation_id = stamp_of(message.id), bucket_of(message.id), message.conversation_id
    add, names = (ADD_MESSAGE, SENT) if message.reply_to is None else (ADD_REPLY, SENT_AS_REPLY)
    values = [getattr(message, name) for name in names]
    for timeline in (INBOX, conversation_id):
        yield add.bind(owner_id, timeline, bucket, *values, stamp)
        yield ADD_BUCKET.bind(owner_id, timeline, bucket, stamp)
    last = (message.id, message.sender, preview_of(message.content))
    if owner_id == message.sender_id:
        # Whoever answers has read what came before.
        yield ADD_SENT.bind(owner_id, conversation_id, message.recipient, last, message.id, stamp)
    else:
        yield ADD_RECEIVED.bind(owner_id, conversation_id, message.sender, last, stamp)
    yield change(owner_id, "sent", conversation_id, message.id)


def change(owner_id: UUID, kind: str, conversation_id: UUID, message_id: UUID) -> BoundStatement:
    """Return a new line of a person's log of changes, for the batch that makes the change.

    Each try of a write makes a line of its own, later than all that catching up has read, so none is missed.
    """
    change_id = ids.new_id()
    return ADD_CHANGE.bind(owner_id, day_of(change_id), change_id, kind, conversation_id, message_id)


def preview_of(content: str) -> str:
    """Return the beginning of a content as one line."""
    return " ".join(content[: 2 * PREVIEW_LENGTH].split())[:PREVIEW_LENGTH]
