"""Reading timelines: a person's copies of messages, in their whole inbox and in each conversation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from messaging.store.rows import READ, SENDER, as_message
from messaging.store.session import Answer, Statement
from messaging.store.waves import Reading, Row, read, read_together
from messaging.types import BUCKET_SPAN, Cursor, Message, Page, Timeline, bucket_of

# Reads. Each names its partition and its limit.
_OF_TIMELINE = "FROM timeline WHERE owner_id = ? AND conversation_id = ? AND bucket = ?"
_UP = "ORDER BY message_id ASC LIMIT ?"
NEWEST = Statement("newest", f"SELECT {READ} {_OF_TIMELINE} LIMIT ?")
OLDER = Statement("older", f"SELECT {READ} {_OF_TIMELINE} AND message_id < ? LIMIT ?")
AT_OR_OLDER = Statement("at_or_older", f"SELECT {READ} {_OF_TIMELINE} AND message_id <= ? LIMIT ?")
OLDEST = Statement("oldest", f"SELECT {READ} {_OF_TIMELINE} {_UP}")
NEWER = Statement("newer", f"SELECT {READ} {_OF_TIMELINE} AND message_id > ? {_UP}")
AT_OR_NEWER = Statement("at_or_newer", f"SELECT {READ} {_OF_TIMELINE} AND message_id >= ? {_UP}")
# Where messages are only counted.
IDS = "message_id, sender, sender_id"
NEWEST_IDS = Statement("newest_ids", f"SELECT {IDS} {_OF_TIMELINE} LIMIT ?")
OLDER_IDS = Statement("older_ids", f"SELECT {IDS} {_OF_TIMELINE} AND message_id < ? LIMIT ?")
AT_OR_OLDER_IDS = Statement("at_or_older_ids", f"SELECT {IDS} {_OF_TIMELINE} AND message_id <= ? LIMIT ?")
OLDEST_IDS = Statement("oldest_ids", f"SELECT {IDS} {_OF_TIMELINE} {_UP}")
NEWER_IDS = Statement("newer_ids", f"SELECT {IDS} {_OF_TIMELINE} AND message_id > ? {_UP}")
AT_OR_NEWER_IDS = Statement("at_or_newer_ids", f"SELECT {IDS} {_OF_TIMELINE} AND message_id >= ? {_UP}")
_OF_BUCKETS = "FROM timeline_buckets WHERE owner_id = ? AND conversation_id = ?"
BUCKETS_DOWN = Statement("buckets_down", f"SELECT bucket {_OF_BUCKETS} AND bucket <= ? LIMIT ?")
BUCKETS_UP = Statement("buckets_up", f"SELECT bucket {_OF_BUCKETS} AND bucket >= ? ORDER BY bucket ASC LIMIT ?")

CLOCK_SKEW = 60  # seconds that another server's clock, and so its message ids, may be ahead of ours
BUCKETS_AT_ONCE = 100  # a read of bucket numbers: almost three years
IDS_AT_ONCE = 1_000  # a read of ids on the way to a far page
READS_AT_ONCE = 16  # buckets read side by side where each holds little
# Rows in one read behind rows that were removed: each of those has up to five empty cells, which Cassandra counts as
# tombstones, and it warns of a read that met 1,000.
ROWS_AT_ONCE = 200
ROWS_AT_MOST = 1_000  # rows that one page reads; behind so many removed ones it ends early, with a place to go on


Take = Callable[[Row], bool]  # takes a row, and says whether that was enough


@dataclass(frozen=True)
class Direction:
    """The reads of a walk: a bucket from its end, from a message on, beyond a message; and which buckets come next."""

    from_end: Statement
    at_or_beyond: Statement
    beyond: Statement
    buckets: Statement
    step: int  # to the next bucket


DOWN = Direction(NEWEST, AT_OR_OLDER, OLDER, BUCKETS_DOWN, -1)
DOWN_IDS = Direction(NEWEST_IDS, AT_OR_OLDER_IDS, OLDER_IDS, BUCKETS_DOWN, -1)
UP = Direction(OLDEST, AT_OR_NEWER, NEWER, BUCKETS_UP, +1)
UP_IDS = Direction(OLDEST_IDS, AT_OR_NEWER_IDS, NEWER_IDS, BUCKETS_UP, +1)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a walk begins: just at a message, or with it."""

    message_id: UUID
    included: bool = False


def read_older(timeline: Timeline, *, before: Cursor | None = None, limit: int, included: bool = False) -> Page:
    """Return up to `limit` messages before a place, or the newest ones, newest first.

    The message that is just there is the first of them where it's to be `included`.

    One read of buckets and one a bucket that holds something, however long the history. Where very many were
    removed the page comes short, and reading goes on at its `older`.
    """
    older = read(stretch(timeline, DOWN, Start(before.message_id, included) if before else None, limit))
    newer = Cursor(older.messages[0].id) if older.messages else older.begin
    return Page(older.messages, older=older.end, newer=newer, found_newest=before is None)


def read_newer(timeline: Timeline, *, after: Cursor, limit: int) -> Page:
    """Return up to `limit` messages that come next after a place, newest first."""
    newer = read(stretch(timeline, UP, Start(after.message_id), limit))
    messages = newer.messages[::-1]
    return Page(
        messages,
        older=Cursor(messages[-1].id) if messages else after,
        newer=newer.end or (Cursor(messages[0].id) if messages else after),
        found_newest=newer.end is None,
    )


def read_around(timeline: Timeline, *, place: Cursor, limit: int) -> Page:
    """Return up to `limit` messages on both sides of a place, newest first, with the one that is just there.

    Both sides are read side by side.
    """
    above = limit // 2
    older, newer = read_together(
        [
            stretch(timeline, DOWN, Start(place.message_id, included=True), limit - above),
            stretch(timeline, UP, Start(place.message_id), above),
        ]
    )
    messages = [*reversed(newer.messages), *older.messages]
    return Page(
        messages,
        older=older.end,
        newer=newer.end or (Cursor(messages[0].id) if messages else place),
        found_newest=newer.end is None,
    )


def skip(timeline: Timeline, count: int) -> Cursor | None:
    """Return the place behind the newest `count` messages (None for 0): its cost grows with `count`, in ids only."""
    if count == 0:
        return None
    message_ids: list[UUID] = []

    def take(row: Row) -> bool:
        if row[1] is not None:  # a removed row has no sender
            message_ids.append(row[0])
        return len(message_ids) == count

    ended = read(walk(timeline, DOWN_IDS, None, take, chunk=min(count, IDS_AT_ONCE)))
    return None if ended else Cursor(message_ids[-1])


@dataclass(frozen=True, slots=True)
class Stretch:
    """Messages in the order of a walk, and the places at both its ends."""

    messages: list[Message]
    begin: Cursor | None  # where it began, or else the first row that it met
    end: Cursor | None  # where it goes on: None at the timeline's end


def stretch(timeline: Timeline, direction: Direction, start: Start | None, limit: int) -> Reading[Stretch]:
    """Read up to `limit` messages away from `start`, without rows that were removed or that a change left behind."""
    passed = [start.message_id] if start else []
    found: list[Message] = []
    most = len(passed) + ROWS_AT_MOST

    def take(row: Row) -> bool:
        passed.append(row[0])
        if row[SENDER] is not None:
            found.append(as_message(row))
        return len(found) > limit or len(passed) == most

    # One more than wanted tells whether there is more.
    ended = yield from walk(timeline, direction, start, take, chunk=limit + 1)
    last = passed[:-1] if len(found) > limit else passed
    return Stretch(
        found[:limit],
        begin=Cursor(passed[0]) if passed else None,
        end=None if ended else Cursor(last[-1]),
    )


def walk(timeline: Timeline, direction: Direction, start: Start | None, take: Take, *, chunk: int) -> Reading[bool]:
    """Hand on rows away from `start`, or from the newest on, until `take` has enough; return whether they ended first.

    The first bucket is read without asking, since it mostly holds enough. Where it doesn't, history is sparse, and
    the next ones are read side by side, `chunk` rows of each at first.
    """
    first = bucket_of(start.message_id) if start else _newest_bucket()
    brought = yield [start_read(timeline, direction, first, start, chunk)]
    if (yield from hand_on(timeline, direction, [first], brought, take, chunk)):
        return False
    edge, at_once = first + direction.step, READS_AT_ONCE // 4
    while True:
        (rows,) = yield [start_buckets(timeline, direction, edge)]
        buckets = [bucket for (bucket,) in rows]
        more = len(buckets) == BUCKETS_AT_ONCE
        edge = buckets[-1] + direction.step if more else edge
        while buckets:
            group, buckets = buckets[:at_once], buckets[at_once:]
            brought = yield [start_read(timeline, direction, bucket, None, chunk) for bucket in group]
            if (yield from hand_on(timeline, direction, group, brought, take, chunk)):
                return False
            at_once = READS_AT_ONCE
        if not more:
            return True


def hand_on(
    timeline: Timeline, direction: Direction, buckets: list[int], brought: list[list[Row]], take: Take, chunk: int
) -> Reading[bool]:
    """Hand on the rows of buckets, of which the first `chunk` are here; return whether `take` has enough."""
    for bucket, rows in zip(buckets, brought, strict=True):
        size = chunk
        while not any(map(take, rows)):
            if len(rows) < size:
                break
            size = max(size, min(2 * size, ROWS_AT_ONCE))
            (rows,) = yield [direction.beyond.start(*_key(timeline, bucket), rows[-1][0], size)]
        else:
            return True
    return False


def start_read(timeline: Timeline, direction: Direction, bucket: int, start: Start | None, limit: int) -> Answer:
    """Ask for a bucket's first rows in a direction: from `start` on, where it lies in this bucket."""
    if start is None or bucket != bucket_of(start.message_id):
        return direction.from_end.start(*_key(timeline, bucket), limit)
    statement = direction.at_or_beyond if start.included else direction.beyond
    return statement.start(*_key(timeline, bucket), start.message_id, limit)


def start_buckets(timeline: Timeline, direction: Direction, edge: int) -> Answer:
    """Ask which buckets hold something, from `edge` on."""
    return direction.buckets.start(timeline.owner_id, timeline.conversation_id, edge, BUCKETS_AT_ONCE)


def _key(timeline: Timeline, bucket: int) -> tuple[UUID, UUID, int]:
    return timeline.owner_id, timeline.conversation_id, bucket


def _newest_bucket() -> int:
    """Return the last bucket that any server may have written to by now."""
    return int(time.time() + CLOCK_SKEW) // BUCKET_SPAN
