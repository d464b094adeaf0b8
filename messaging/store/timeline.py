"""Timelines: a person's copies of messages, in their whole inbox and in each conversation.

Every write names its own stamp (`USING TIMESTAMP`), so rows end the same whatever the order in which
writes arrive and however often they are repeated.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import chain, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from cassandra.query import BoundStatement

from chatsystem.limits import PREVIEW_LENGTH
from messaging import ids, models
from messaging.store import totals
from messaging.store.session import Answer, Statement, run_batch
from messaging.types import BUCKET_SPAN, INBOX, Cursor, Message, Page, Timeline, bucket_of, day_of, stamp_of

# A row is read in the order of `Message`'s fields; the models say what the columns are called.
MESSAGE_FIELDS = tuple(field.name for field in fields(Message))
SENDER = MESSAGE_FIELDS.index("sender")
READ = ", ".join(
    models.Timeline._columns["message_id" if name == "id" else name].db_field_name for name in MESSAGE_FIELDS
)

# Writes. Only columns that are set are named: a null binding would be a tombstone.
ADD_MESSAGE = Statement(
    "add_message",
    f"INSERT INTO timeline (owner_id, conversation_id, bucket, {READ})"  # noqa: S608  (columns, no input)
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
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

# Reads. Each names its partition and its limit.
_OF_TIMELINE = "FROM timeline WHERE owner_id = ? AND conversation_id = ? AND bucket = ?"
NEWEST = Statement("newest", f"SELECT {READ} {_OF_TIMELINE} LIMIT ?")
OLDER = Statement("older", f"SELECT {READ} {_OF_TIMELINE} AND message_id < ? LIMIT ?")
NEWER = Statement("newer", f"SELECT {READ} {_OF_TIMELINE} AND message_id > ? ORDER BY message_id ASC LIMIT ?")
OLDEST = Statement("oldest", f"SELECT {READ} {_OF_TIMELINE} ORDER BY message_id ASC LIMIT ?")
NEWEST_IDS = Statement("newest_ids", f"SELECT message_id, sender {_OF_TIMELINE} LIMIT ?")
OLDER_IDS = Statement("older_ids", f"SELECT message_id, sender {_OF_TIMELINE} AND message_id < ? LIMIT ?")
_OF_BUCKETS = "FROM timeline_buckets WHERE owner_id = ? AND conversation_id = ?"
BUCKETS_DOWN = Statement("buckets_down", f"SELECT bucket {_OF_BUCKETS} AND bucket <= ? LIMIT ?")
BUCKETS_UP = Statement("buckets_up", f"SELECT bucket {_OF_BUCKETS} AND bucket >= ? ORDER BY bucket ASC LIMIT ?")

CLOCK_SKEW = 60  # seconds that another server's clock, and so its message ids, may be ahead of ours
BUCKETS_AT_ONCE = 100  # a read of bucket numbers: almost three years
IDS_AT_ONCE = 1_000  # a read of ids on the way to a far page
READS_AT_ONCE = 16  # buckets read side by side where each holds little


@dataclass(frozen=True)
class Direction:
    """The three reads of a walk: rows from a bucket's end, rows beyond a message, and which buckets come next."""

    from_end: Statement
    beyond: Statement
    buckets: Statement
    step: int  # to the next bucket


DOWN = Direction(NEWEST, OLDER, BUCKETS_DOWN, -1)
DOWN_IDS = Direction(NEWEST_IDS, OLDER_IDS, BUCKETS_DOWN, -1)
UP = Direction(OLDEST, NEWER, BUCKETS_UP, +1)


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
    values = [getattr(message, name) for name in MESSAGE_FIELDS]
    for timeline in (INBOX, conversation_id):
        yield ADD_MESSAGE.bind(owner_id, timeline, bucket, *values, stamp)
        yield ADD_BUCKET.bind(owner_id, timeline, bucket, stamp)
    last = (message.id, message.sender, preview_of(message.content))
    if owner_id == message.sender_id:
        # Whoever answers has read what came before.
        yield ADD_SENT.bind(owner_id, conversation_id, message.recipient, last, message.id, stamp)
    else:
        yield ADD_RECEIVED.bind(owner_id, conversation_id, message.sender, last, stamp)
    change_id = ids.new_id()
    yield ADD_CHANGE.bind(owner_id, day_of(change_id), change_id, "sent", conversation_id, message.id)


def preview_of(content: str) -> str:
    """Return the beginning of a content as one line."""
    return " ".join(content[: 2 * PREVIEW_LENGTH].split())[:PREVIEW_LENGTH]


def read_older(timeline: Timeline, *, before: Cursor | None = None, limit: int) -> Page:
    """Return up to `limit` messages before a place, or the newest ones, newest first.

    One read of buckets and one a bucket that holds something, however long the history.
    """
    found = list(islice(_messages(timeline, DOWN, start=before, chunk=limit + 1), limit + 1))
    return Page(found[:limit], found_oldest=len(found) <= limit, found_newest=before is None)


def read_newer(timeline: Timeline, *, after: Cursor, limit: int) -> Page:
    """Return up to `limit` messages that come next after a place, newest first."""
    found = list(islice(_messages(timeline, UP, start=after, chunk=limit + 1), limit + 1))
    return Page(found[:limit][::-1], found_oldest=False, found_newest=len(found) <= limit)


def skip(timeline: Timeline, count: int) -> Cursor | None:
    """Return the place behind the newest `count` messages (None for 0): its cost grows with `count`, in ids only."""
    if count == 0:
        return None
    rows = _rows(timeline, DOWN_IDS, start=None, chunk=min(count, IDS_AT_ONCE))
    message_ids = [message_id for message_id, sender in islice(filter(itemgetter(1), rows), count)]
    return Cursor(message_ids[-1]) if len(message_ids) == count else None


def _messages(timeline: Timeline, direction: Direction, *, start: Cursor | None, chunk: int) -> Iterator[Message]:
    """Yield messages away from `start`, without rows that their owner removed or that a change left behind."""
    for row in _rows(timeline, direction, start=start, chunk=chunk):
        if row[SENDER] is not None:
            yield Message(*row)


def _rows(timeline: Timeline, direction: Direction, *, start: Cursor | None, chunk: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a timeline away from `start`, bucket by bucket, `chunk` rows a request.

    The first bucket is mostly enough. Where it isn't, history is sparse, and the next buckets are read side by side.
    """
    buckets = _buckets(timeline, direction, start)
    wave = 1
    while group := list(islice(buckets, wave)):
        reads = [(bucket, _start_read(timeline, direction, bucket, start, chunk)) for bucket in group]
        for bucket, answer in reads:
            rows = answer.rows()
            yield from rows
            while len(rows) == chunk:
                rows = direction.beyond.run(timeline.owner_id, timeline.conversation_id, bucket, rows[-1][0], chunk)
                yield from rows
        wave = min(4 * wave, READS_AT_ONCE)


def _newest_bucket() -> int:
    """Return the last bucket that any server may have written to by now."""
    return int(time.time() + CLOCK_SKEW) // BUCKET_SPAN


def _start_read(timeline: Timeline, direction: Direction, bucket: int, start: Cursor | None, chunk: int) -> Answer:
    key = timeline.owner_id, timeline.conversation_id, bucket
    if start is not None and bucket == bucket_of(start.message_id):
        return direction.beyond.start(*key, start.message_id, chunk)
    return direction.from_end.start(*key, chunk)


def _buckets(timeline: Timeline, direction: Direction, start: Cursor | None) -> Iterator[int]:
    """Yield the buckets of a timeline that hold something, from where the walk starts.

    The first one is read without asking, since it mostly holds enough: one request then brings a page.
    """
    first = _newest_bucket() if start is None else bucket_of(start.message_id)
    yield first
    edge = first + direction.step
    while True:
        found = direction.buckets.run(timeline.owner_id, timeline.conversation_id, edge, BUCKETS_AT_ONCE)
        yield from (bucket for (bucket,) in found)
        if len(found) < BUCKETS_AT_ONCE:
            return
        edge = found[-1][0] + direction.step
