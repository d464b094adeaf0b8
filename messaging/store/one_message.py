"""Finding one message by its id alone: the id tells the bucket, so it is one read."""

from typing import Any
from uuid import RFC_4122, UUID

from messaging.store.rows import READ, SENDER, as_message
from messaging.store.session import Statement
from messaging.types import INBOX, Message, bucket_of

_ONE = "FROM timeline WHERE owner_id = ? AND conversation_id = ? AND bucket = ? AND message_id = ? LIMIT 1"
FIND = Statement("find_message", f"SELECT {READ} {_ONE}")
FIND_STAMPED = Statement("find_message_and_stamp", f"SELECT {READ}, WRITETIME(content) {_ONE}")


def find_message(owner_id: UUID, message_id: UUID, *, conversation_id: UUID = INBOX) -> Message | None:
    """Return a person's copy of a message, or None for one that they don't have, or removed."""
    row = _find(FIND, owner_id, message_id, conversation_id)
    return as_message(row) if row else None


def find_message_and_stamp(owner_id: UUID, message_id: UUID) -> tuple[Message, int] | None:
    """Return a person's copy of a message with the stamp of its content, or None."""
    row = _find(FIND_STAMPED, owner_id, message_id, INBOX)
    return (as_message(row[:-1]), row[-1]) if row else None


def _find(statement: Statement, owner_id: UUID, message_id: UUID, conversation_id: UUID) -> tuple[Any, ...] | None:
    if message_id.variant != RFC_4122 or message_id.version != 1:
        return None  # no id of ours; Cassandra refuses to look for it
    rows = statement.run(owner_id, conversation_id, bucket_of(message_id), message_id)
    return rows[0] if rows and rows[0][SENDER] is not None else None
