"""Reading what happened to a person's messages, in order, and what became of those messages."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from messaging.store.rows import READ, SENDER, as_message
from messaging.store.session import Statement
from messaging.store.timeline import CLOCK_SKEW
from messaging.types import INBOX, Message, bucket_of, day_of

CHANGES = Statement(
    "changes",
    "SELECT change_id, kind, conversation_id, message_id FROM changes"
    " WHERE owner_id = ? AND day = ? AND change_id > ? LIMIT ?",
)
MESSAGES = Statement(
    "changed_messages",
    f"SELECT {READ}, removed_at FROM timeline"  # noqa: S608  (columns, no input)
    " WHERE owner_id = ? AND conversation_id = ? AND bucket = ? AND message_id IN ? LIMIT ?",
)

DAY = 24 * 60 * 60  # seconds
DAYS_AT_ONCE = 16  # partitions read side by side where each holds little


@dataclass(frozen=True, slots=True)
class Change:
    """One try of one write, as its owner's log has it: `kind` is sent, edited, redacted, removed, read or flags."""

    id: UUID
    kind: str
    conversation_id: UUID
    message_id: UUID | None  # None where it's of a whole conversation


def read(owner_id: UUID, *, after: UUID, limit: int) -> list[Change]:
    """Return up to `limit` changes that come next after a place, the oldest first.

    One request where `after` is of today, and one more for each day since.
    """
    return list(islice(_changes(owner_id, after, limit), limit))


def _changes(owner_id: UUID, after: UUID, limit: int) -> Iterator[Change]:
    # Another server's clock may be ahead, so tomorrow's log may have begun.
    days = iter(range(day_of(after), int(time.time() + CLOCK_SKEW) // DAY + 1))
    wave = 1
    while group := list(islice(days, wave)):
        for answer in [CHANGES.start(owner_id, day, after, limit) for day in group]:
            yield from (Change(*row) for row in answer.rows())
        wave = min(4 * wave, DAYS_AT_ONCE)


def find_messages(owner_id: UUID, message_ids: Collection[UUID]) -> dict[UUID, Message | None]:
    """Return the copies that a person has of these messages, as they are now: None stands for a removed one.

    What has no copy, or only what a change left of one, isn't among them. One request a bucket.
    """
    by_bucket: dict[int, list[UUID]] = {}
    for message_id in message_ids:
        by_bucket.setdefault(bucket_of(message_id), []).append(message_id)
    answers = [MESSAGES.start(owner_id, INBOX, bucket, ids, len(ids)) for bucket, ids in by_bucket.items()]
    found: dict[UUID, Message | None] = {}
    for *row, removed_at in (row for answer in answers for row in answer.rows()):
        if removed_at is not None:
            found[row[0]] = None
        elif row[SENDER] is not None:
            found[row[0]] = as_message(tuple(row))
    return found
