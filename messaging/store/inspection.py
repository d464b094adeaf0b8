"""Reading copies as they lie there, those that their owners removed included: for operators, who see more than owners.

A removed copy keeps the ids of its people, so the other person's copy can be found by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from messaging.store.rows import MESSAGE_FIELDS, READ, as_message
from messaging.store.session import Statement
from messaging.store.timeline import DOWN, ROWS_AT_MOST, UP, Direction, Start, walk
from messaging.store.waves import Reading, Row, read, read_together
from messaging.types import INBOX, Cursor, Message, Timeline, bucket_of, order_of

COPIES = Statement(
    "inspect_copies",
    f"SELECT {READ} FROM timeline"  # noqa: S608  (columns, no input)
    " WHERE owner_id = ? AND conversation_id = ? AND bucket = ? AND message_id IN ? LIMIT ?",
)
SENDER_ID = MESSAGE_FIELDS.index("sender_id")
TEXTS = ("sender", "recipient", "content")  # what a removal clears
CLEARED = [MESSAGE_FIELDS.index(name) for name in TEXTS]


@dataclass(frozen=True, slots=True)
class Copy:
    """What one person has of a message; of one that they removed names and content are empty."""

    owner_id: UUID
    message: Message
    is_removed: bool

    @property
    def peer_id(self) -> UUID:
        """Who has the other copy: the same person where somebody wrote to themselves."""
        message = self.message
        return message.recipient_id if message.sender_id == self.owner_id else message.sender_id


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies in the order of a walk, and where it goes on: None at its end."""

    found: Sequence[Copy]
    end: Cursor | None


def find_copies(wanted: Iterable[tuple[UUID, UUID]]) -> Mapping[tuple[UUID, UUID], Copy]:
    """Return the copies that there are of some (owner, message). One request an owner and bucket, side by side."""
    by_partition: dict[tuple[UUID, int], list[UUID]] = {}
    for owner_id, message_id in wanted:
        by_partition.setdefault((owner_id, bucket_of(message_id)), []).append(message_id)
    answers = [
        (owner_id, COPIES.start(owner_id, INBOX, bucket, message_ids, len(message_ids)))
        for (owner_id, bucket), message_ids in by_partition.items()
    ]
    found = (_as_copy(owner_id, row) for owner_id, answer in answers for row in answer.rows() if _has_people(row))
    return {(copy.owner_id, copy.message.id): copy for copy in found}


def read_back(timeline: Timeline, *, start: Start | None, since: UUID | None, limit: int) -> Copies:
    """Return up to `limit` copies from a place back, newest first, down to what comes after `since`.

    Behind very many rows that a change left behind it comes short, with a place to go on.
    """
    return read(_stretch(timeline, DOWN, start, limit, since))


def read_around(timeline: Timeline, *, message_id: UUID, each_side: int) -> Sequence[Copy]:
    """Return a message's copy with up to so many on each side, newest first."""
    older, newer = read_together(
        [
            _stretch(timeline, DOWN, Start(message_id, included=True), each_side + 1),
            _stretch(timeline, UP, Start(message_id), each_side),
        ]
    )
    return [*reversed(newer.found), *older.found]


def _stretch(
    timeline: Timeline, direction: Direction, start: Start | None, limit: int, since: UUID | None = None
) -> Reading[Copies]:
    passed: list[UUID] = []
    found: list[Copy] = []
    is_done = False

    def take(row: Row) -> bool:
        nonlocal is_done
        is_done = since is not None and order_of(row[0]) <= order_of(since)
        if not is_done:
            passed.append(row[0])
            if _has_people(row):
                found.append(_as_copy(timeline.owner_id, row))
        return is_done or len(found) > limit or len(passed) == ROWS_AT_MOST

    # One more than wanted tells whether there is more.
    ended = yield from walk(timeline, direction, start, take, chunk=limit + 1)
    if len(found) > limit:
        return Copies(found[:limit], Cursor(found[limit - 1].message.id))
    return Copies(found, None if ended or is_done else Cursor(passed[-1]))


def _has_people(row: Row) -> bool:
    """Whether it's a copy; a row without is what a change leaves that met nothing."""
    return row[SENDER_ID] is not None


def _as_copy(owner_id: UUID, row: Row) -> Copy:
    is_removed = row[MESSAGE_FIELDS.index("sender")] is None
    values: list[UUID | str | datetime | None] = list(row)
    for column in CLEARED:
        values[column] = values[column] or ""
    return Copy(owner_id, as_message(tuple(values)), is_removed)
