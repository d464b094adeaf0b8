"""Reading timelines: a person's copies of messages, in their whole inbox and in each conversation."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any

from messaging.store.rows import READ, SENDER, as_message
from messaging.store.session import Answer, Statement
from messaging.types import BUCKET_SPAN, Cursor, Message, Page, Timeline, bucket_of

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
            yield as_message(row)


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
