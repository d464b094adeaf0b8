"""Rows as they are stored, each value with its stamp, and writing them so that nothing newer is touched.

A value that is missing or wrong somewhere is written there with the stamp that it has elsewhere: where something newer
stands, the write changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from messaging.store import totals
from messaging.store.altering import CLEAR_PREVIEW, REMOVE
from messaging.store.session import Statement, run_batch
from messaging.store.waves import Row
from messaging.store.writing import ADD_BUCKET, change
from messaging.types import BUCKET_SPAN, Timeline, bucket_of, last_id_at, now, stamp_of

COLUMNS = (
    "sender_id", "sender", "recipient_id", "recipient", "content", "reply_to", "edited_at", "redacted_at", "removed_at",
)  # fmt: skip

_OF_TIMELINE = "FROM timeline WHERE owner_id = ? AND conversation_id = ? AND bucket = ?"
_ROW = "WHERE owner_id = ? AND conversation_id = ? AND bucket = ? AND message_id = ?"
_STAMPED = ", ".join(f"{column}, WRITETIME({column})" for column in COLUMNS)
COPIES = Statement("examine_copies", f"SELECT message_id, {_STAMPED} {_OF_TIMELINE} AND message_id IN ? LIMIT ?")
_PEOPLE = "message_id, sender_id, recipient_id, sender, removed_at"
ROWS = Statement("examine_rows", f"SELECT {_PEOPLE} {_OF_TIMELINE} AND message_id <= ? LIMIT ?")
COUNT = Statement("examine_count", f"SELECT COUNT(sender) {_OF_TIMELINE} AND message_id <= ?")
BUCKETS = Statement(
    "examine_buckets",
    "SELECT bucket, counted FROM timeline_buckets WHERE owner_id = ? AND conversation_id = ? LIMIT 4000",  # a century
)
_OF_CONVERSATIONS = "SELECT conversation_id, peer, last, read_up_to FROM conversations WHERE owner_id = ?"
CONVERSATIONS = Statement("examine_conversations", f"{_OF_CONVERSATIONS} AND conversation_id > ? LIMIT ?")
CONVERSATION = Statement("examine_conversation", f"{_OF_CONVERSATIONS} AND conversation_id = ? LIMIT 1")
_SET = "UPDATE timeline USING TIMESTAMP ? SET"
SET = {column: Statement(f"mend_{column}", f"{_SET} {column} = ? {_ROW}") for column in COLUMNS}
SET_PEER = Statement(
    "mend_peer", "UPDATE conversations USING TIMESTAMP ? SET peer = ? WHERE owner_id = ? AND conversation_id = ?"
)
SET_READ = Statement(
    "mend_read_up_to",
    "UPDATE conversations USING TIMESTAMP ? SET read_up_to = ? WHERE owner_id = ? AND conversation_id = ?",
)

ROWS_AT_ONCE = 200  # as in any read of rows that may be removed
READS_AT_ONCE = 16
CONVERSATIONS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and the microsecond that it was written with."""

    value: Any
    stamp: int

    @property
    def rank(self) -> tuple[int, bytes]:
        """What decides between two values of one column, as Cassandra does: the stamp, then the bytes."""
        value = self.value
        if isinstance(value, UUID):
            return self.stamp, value.bytes
        if isinstance(value, datetime):
            return self.stamp, int(value.timestamp() * 1_000).to_bytes(8, "big", signed=True)
        return self.stamp, str(value).encode()


@dataclass(frozen=True, slots=True)
class Copy:
    """What is stored of a message in one timeline: the columns that have a value. No row has none."""

    cells: Mapping[str, Cell]

    def value(self, column: str) -> Any:
        """Return the value of a column, or None."""
        cell = self.cells.get(column)
        return cell.value if cell else None

    @property
    def has_people(self) -> bool:
        """Whether the ids of its people are there; a row without is what a change leaves that met nothing."""
        return "sender_id" in self.cells and "recipient_id" in self.cells

    @property
    def is_removed(self) -> bool:
        """Whether its owner removed it; that it's not there at all is something else."""
        return "removed_at" in self.cells


NO_COPY = Copy({})


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of a timeline, as far as one walks by it."""

    message_id: UUID
    sender_id: UUID | None
    recipient_id: UUID | None
    is_visible: bool


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """What a conversation's row says; any of it may be missing."""

    id: UUID
    peer: str | None = None
    last: tuple[UUID, str | None, str | None] | None = None  # message id, sender, preview
    read_up_to: UUID | None = None


@dataclass(frozen=True, slots=True)
class Mend:
    """What to write into one copy: cells with their stamps, or a removal."""

    timeline: Timeline
    message_id: UUID
    cells: Mapping[str, Cell]
    removal: Cell | None = None


def read_copies(
    timelines: Iterable[Timeline], bucket: int, message_ids: Sequence[UUID]
) -> dict[Timeline, dict[UUID, Copy]]:
    """Return what each of some timelines has of these messages of one bucket. One request a timeline, side by side."""
    answers = {
        timeline: COPIES.start(*_partition(timeline, bucket), list(message_ids), len(message_ids))
        for timeline in timelines
    }
    return {timeline: dict(map(_as_copy, answer.rows())) for timeline, answer in answers.items()}


def _as_copy(row: Row) -> tuple[UUID, Copy]:
    values, stamps = row[1::2], row[2::2]
    cells = {
        column: Cell(value, stamp)
        for column, value, stamp in zip(COLUMNS, values, stamps, strict=True)
        if value is not None
    }
    return row[0], Copy(cells)


def read_rows(timeline: Timeline, bucket: int) -> Iterator[list[Stored]]:
    """Yield the rows of a bucket, newest first, `ROWS_AT_ONCE` a request."""
    at_most = last_id_at((bucket + 1) * BUCKET_SPAN * 1_000_000 - 1)
    seen = 0
    while True:
        rows = ROWS.run(*_partition(timeline, bucket), at_most, ROWS_AT_ONCE + seen)[seen:]
        if rows:
            yield list(map(_as_stored, rows))
        if len(rows) < ROWS_AT_ONCE:
            return
        at_most, seen = rows[-1][0], 1  # the last one comes again


def _as_stored(row: Row) -> Stored:
    message_id, sender_id, recipient_id, sender, removed_at = row
    return Stored(message_id, sender_id, recipient_id, is_visible=sender is not None and removed_at is None)


def read_buckets(timeline: Timeline) -> tuple[set[int], tuple[int, UUID] | None]:
    """Return the buckets that a timeline says it has, and its check-point: how many messages up to which id."""
    rows = BUCKETS.run(timeline.owner_id, timeline.conversation_id)
    return {bucket for bucket, _ in rows if bucket is not None}, rows[0][1] if rows else None


def find_unlisted(timeline: Timeline, buckets: Iterable[int]) -> dict[int, UUID]:
    """Return those of some buckets that hold something, each with its newest message."""
    remaining = iter(buckets)
    found: dict[int, UUID] = {}
    while group := list(islice(remaining, READS_AT_ONCE)):
        at_most = {bucket: last_id_at((bucket + 1) * BUCKET_SPAN * 1_000_000 - 1) for bucket in group}
        answers = [ROWS.start(*_partition(timeline, bucket), at_most[bucket], 1) for bucket in group]
        found |= {bucket: rows[0][0] for bucket, answer in zip(group, answers, strict=True) if (rows := answer.rows())}
    return found


def count(timeline: Timeline, buckets: Iterable[int], up_to: UUID) -> int:
    """Count the messages up to an id, one by one."""
    return sum(
        COUNT.run(*_partition(timeline, bucket), up_to)[0][0] for bucket in buckets if bucket <= bucket_of(up_to)
    )


def read_conversations(owner_id: UUID) -> Iterator[StoredConversation]:
    """Yield a person's conversation rows."""
    after = UUID(int=0)
    while True:
        rows = CONVERSATIONS.run(owner_id, after, CONVERSATIONS_AT_ONCE)
        yield from (StoredConversation(*row) for row in rows)
        if len(rows) < CONVERSATIONS_AT_ONCE:
            return
        after = rows[-1][0]


def read_conversation(timeline: Timeline) -> StoredConversation:
    """Return one conversation's row; where there is none, one that says nothing."""
    rows = CONVERSATION.run(timeline.owner_id, timeline.conversation_id)
    return StoredConversation(*rows[0]) if rows else StoredConversation(timeline.conversation_id)


def mend_message(mends: Sequence[Mend], kinds: Mapping[UUID, str], conversation_id: UUID) -> None:
    """Write what is missing of one message into its copies, in one batch, with a change for each owner in `kinds`.

    Totals are counted anew: they may have missed it. Raises `StorageUnavailable`.
    """
    statements = []
    for mend in mends:
        message_id, timeline = mend.message_id, mend.timeline
        key = (*_partition(timeline, bucket_of(message_id)), message_id)
        statements += [SET[column].bind(cell.stamp, cell.value, *key) for column, cell in mend.cells.items()]
        if mend.removal:
            statements.append(REMOVE.bind(mend.removal.stamp, mend.removal.value, *key))
        statements.append(
            ADD_BUCKET.bind(timeline.owner_id, timeline.conversation_id, bucket_of(message_id), stamp_of(message_id))
        )
        statements.append(totals.FORGET.bind(now(), timeline.owner_id, timeline.conversation_id))
    statements += [change(owner_id, kind, conversation_id, mends[0].message_id) for owner_id, kind in kinds.items()]
    run_batch("mend_message", statements)


def add_bucket(timeline: Timeline, message_id: UUID) -> None:
    """List the bucket of a message that is there. The check-point goes: whoever counted didn't look there."""
    key = timeline.owner_id, timeline.conversation_id
    ADD_BUCKET.run(*key, bucket_of(message_id), stamp_of(message_id))
    totals.FORGET.run(now(), *key)


def forget_total(timeline: Timeline) -> None:
    """Delete a check-point, so that all is counted anew."""
    totals.FORGET.run(now(), timeline.owner_id, timeline.conversation_id)


def mend_last(timeline: Timeline, message_id: UUID, sender: str | None, preview: str | None) -> None:
    """Set a conversation's last message: with its preview as the send would have, without as a change of it would."""
    stamp = stamp_of(message_id) + (preview is None)
    CLEAR_PREVIEW.run(stamp, (message_id, sender, preview), timeline.owner_id, timeline.conversation_id)


def mend_peer(timeline: Timeline, peer: str, message_id: UUID) -> None:
    """Set the name of a conversation's other side, as the send of a message would have."""
    SET_PEER.run(stamp_of(message_id), peer, timeline.owner_id, timeline.conversation_id)


def mend_read_position(timeline: Timeline, message_id: UUID) -> None:
    """Move the read position up to a message of the owner's own, as its send would have."""
    SET_READ.run(stamp_of(message_id), message_id, timeline.owner_id, timeline.conversation_id)


def _partition(timeline: Timeline, bucket: int) -> tuple[UUID, UUID, int]:
    return timeline.owner_id, timeline.conversation_id, bucket
