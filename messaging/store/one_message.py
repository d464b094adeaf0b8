"""Finding messages by their ids alone: an id tells the bucket, so it is one read."""

from collections.abc import Collection
from typing import Any
from uuid import RFC_4122, UUID

from messaging.store.rows import READ, SENDER, as_message
from messaging.store.session import Statement
from messaging.types import INBOX, Message, Timeline, bucket_of

_ONE = "FROM timeline WHERE owner_id = ? AND conversation_id = ? AND bucket = ? AND message_id = ? LIMIT 1"
FIND = Statement("find_message", f"SELECT {READ} {_ONE}")
FIND_SOME = Statement(
    "find_some_messages",
    f"SELECT {READ} FROM timeline"  # noqa: S608  (columns, no input)
    " WHERE owner_id = ? AND conversation_id = ? AND bucket IN ? AND message_id IN ? LIMIT ?",
)
FIND_STAMPED = Statement("find_message_and_stamp", f"SELECT {READ}, WRITETIME(content) {_ONE}")


def find_message(owner_id: UUID, message_id: UUID, *, conversation_id: UUID = INBOX) -> Message | None:
    """Return a person's copy of a message, or None for one that they don't have, or removed."""
    row = _find(FIND, owner_id, message_id, conversation_id)
    return as_message(row) if row else None


def find_message_and_stamp(owner_id: UUID, message_id: UUID) -> tuple[Message, int] | None:
    """Return a person's copy of a message with the stamp of its content, or None."""
    row = _find(FIND_STAMPED, owner_id, message_id, INBOX)
    return (as_message(row[:-1]), row[-1]) if row else None


def find_some(timeline: Timeline, message_ids: Collection[UUID]) -> dict[UUID, Message]:
    """Return those of some messages that are there, by one request at most, wherever in its history they are."""
    possible = [message_id for message_id in message_ids if _is_ours(message_id)]
    if not possible:
        return {}
    buckets = list({bucket_of(message_id) for message_id in possible})
    rows = FIND_SOME.run(timeline.owner_id, timeline.conversation_id, buckets, possible, len(possible))
    return {row[0]: as_message(row) for row in rows if row[SENDER] is not None}


def _find(statement: Statement, owner_id: UUID, message_id: UUID, conversation_id: UUID) -> tuple[Any, ...] | None:
    if not _is_ours(message_id):
        return None
    rows = statement.run(owner_id, conversation_id, bucket_of(message_id), message_id)
    return rows[0] if rows and rows[0][SENDER] is not None else None


def _is_ours(message_id: UUID) -> bool:
    """Whether an id can be one of a message: Cassandra refuses to look for others."""
    return message_id.variant == RFC_4122 and message_id.version == 1
