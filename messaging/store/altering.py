"""Changing what was sent: edits, redactions, removals, in every copy that they concern.

Stamps decide which of them holds, whatever arrives last. With T for the microsecond of the message's id:

- an edit carries now, but comes after the edit that it saw, and at T plus the longest edit window at most;
- redaction and removal come after that, so no edit and no repeated send brings a content back.

A removed copy keeps its row and the ids in it: a deleted one could not be told from a lost one. Nothing is read to
be written back: a change names the columns that it sets.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from cassandra.query import BoundStatement

from chatsystem.limits import MAX_EDIT_WINDOW
from messaging.store import totals
from messaging.store.session import Statement, run_batch
from messaging.store.writing import change
from messaging.types import INBOX, Message, bucket_of, moment_of, now, stamp_of

_SET = "UPDATE timeline USING TIMESTAMP ? SET"
_ROW = "WHERE owner_id = ? AND conversation_id = ? AND bucket = ? AND message_id = ?"
EDIT = Statement("edit_message", f"{_SET} content = ?, edited_at = ? {_ROW}")
REDACT = Statement("redact_message", f"{_SET} content = '', redacted_at = ? {_ROW}")
REMOVE = Statement("remove_message", f"{_SET} removed_at = ?, sender = null, recipient = null, content = null {_ROW}")
CLEAR_PREVIEW = Statement(
    "clear_preview", "UPDATE conversations USING TIMESTAMP ? SET last = ? WHERE owner_id = ? AND conversation_id = ?"
)


def edit_stamp(seen: int) -> int:
    """Return the stamp of an edit made now by somebody who saw a content of stamp `seen`."""
    return max(now(), seen + 1)


def final_stamp(message_id: UUID) -> int:
    """Return the stamp of a redaction or removal made now: after every edit."""
    return max(now(), stamp_of(message_id) + MAX_EDIT_WINDOW * 1_000_000 + 1)


def edit(message: Message, content: str, *, stamp: int) -> Message:
    """Give both people's copies another content. Raises `StorageUnavailable`, as all of these do."""
    edited_at = moment_of(stamp)
    _alter("edit", "edited", EDIT, message, message.owner_ids, stamp, content, edited_at)
    return replace(message, content=content, edited_at=edited_at)


def redact(message: Message, *, at: datetime, stamp: int) -> Message:
    """Take the content out of both people's copies, of removed ones too. The rows stay and say when it happened."""
    _alter("redact", "redacted", REDACT, message, message.owner_ids, stamp, at)
    return replace(message, content="", redacted_at=at)


def remove(message: Message, owner_id: UUID, *, at: datetime, stamp: int) -> None:
    """Clear one person's copy of everything but its ids. It no longer counts as a message of theirs."""
    _alter("remove", "removed", REMOVE, message, (owner_id,), stamp, at)


def _alter(
    name: str, kind: str, statement: Statement, message: Message, owner_ids: tuple[UUID, ...], stamp: int, *values: Any
) -> None:
    """Change a message's rows of some people in one batch."""
    run_batch(
        name, [part for owner_id in owner_ids for part in _copy(kind, statement, message, owner_id, stamp, values)]
    )


def _copy(
    kind: str, statement: Statement, message: Message, owner_id: UUID, stamp: int, values: tuple[Any, ...]
) -> Iterator[BoundStatement]:
    """One person's part of a change."""
    bucket, conversation_id = bucket_of(message.id), message.conversation_id
    for timeline in (INBOX, conversation_id):
        yield statement.bind(stamp, *values, owner_id, timeline, bucket, message.id)
        if kind == "removed":
            # In the same batch: whoever is killed behind it would leave a total that stays wrong.
            yield totals.FORGET.bind(now(), owner_id, timeline)
    # Just after what the send put there, and before any later message's: readers fetch the row instead.
    yield CLEAR_PREVIEW.bind(stamp_of(message.id) + 1, (message.id, message.sender, None), owner_id, conversation_id)
    yield change(owner_id, kind, conversation_id, message.id)
