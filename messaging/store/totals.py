"""How many messages a timeline has, exactly, at a cost that doesn't grow with it.

A check-point says how many there were up to a message id; only what came since is counted. It is a static
column of `timeline_buckets`, and stamps keep it right: a check-point carries the time at which its count
began less `SETTLED`, and whatever changes the number of messages behind its back (a removal, a send that
finishes late) deletes it with the time of now, which also defeats a count that is under way.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from messaging.store.session import Statement
from messaging.types import Message, Timeline, bucket_of, last_id_at, stamp_of

SETTLED = 10_000_000  # microseconds after which a send has ended: time-outs are below 5 s, clocks within 5 s
CHECKPOINT_AFTER = 100  # rows: counting fewer costs less than a write
COUNTS_AT_ONCE = 16  # buckets counted side by side
BUCKETS_AT_ONCE = 10  # a hundred days: mostly all that came since a check-point

_OF_BUCKETS = "FROM timeline_buckets WHERE owner_id = ? AND conversation_id = ?"
STATE = Statement("count_state", f"SELECT bucket, counted {_OF_BUCKETS} LIMIT ?")
BUCKETS = Statement("count_buckets", f"SELECT bucket {_OF_BUCKETS} AND bucket >= ? LIMIT 4000")  # a century
_COUNT = "SELECT COUNT(sender) FROM timeline WHERE owner_id = ? AND conversation_id = ? AND bucket = ?"
COUNT = Statement("count", f"{_COUNT} AND message_id > ?")  # a removed row has no sender
COUNT_SETTLED = Statement("count_settled", f"{_COUNT} AND message_id > ? AND message_id <= ?")
SET = Statement(
    "set_count",
    "INSERT INTO timeline_buckets (owner_id, conversation_id, counted) VALUES (?, ?, ?) USING TIMESTAMP ?",
)
FORGET = Statement(
    "forget_count",
    "DELETE counted FROM timeline_buckets USING TIMESTAMP ? WHERE owner_id = ? AND conversation_id = ?",
)


@dataclass(frozen=True, slots=True)
class Total:
    """A timeline's number of messages, and how many rows were counted to know it."""

    messages: int
    rows_counted: int


def read_total(timeline: Timeline) -> Total:
    """Count what came since the check-point, and move it forward where that was much."""
    began = _now()
    state = STATE.run(timeline.owner_id, timeline.conversation_id, BUCKETS_AT_ONCE)
    if not state:
        return Total(0, 0)
    known, up_to = state[0][1] or (0, last_id_at(0))
    buckets = [bucket for bucket, _ in state if bucket >= bucket_of(up_to)]
    if len(buckets) == BUCKETS_AT_ONCE:  # there may be more of them
        rows = BUCKETS.run(timeline.owner_id, timeline.conversation_id, bucket_of(up_to))
        buckets = [bucket for (bucket,) in rows]
    since = _count(COUNT, timeline, buckets, up_to)
    if since >= CHECKPOINT_AFTER:
        settled_id = last_id_at(began - SETTLED)
        # Counted again and not taken from above: messages that came meanwhile aren't settled.
        settled = _count(COUNT_SETTLED, timeline, buckets, up_to, settled_id)
        SET.run(timeline.owner_id, timeline.conversation_id, (known + settled, settled_id), began - SETTLED)
    return Total(known + since, since)


def forget(timelines: Iterable[Timeline]) -> None:
    """Delete check-points, after a write that they can't know of."""
    answers = [FORGET.start(_now(), timeline.owner_id, timeline.conversation_id) for timeline in timelines]
    for answer in answers:
        answer.rows()


def is_late(message: Message) -> bool:
    """Whether a send ends so long after its id that a check-point may have passed it."""
    return _now() - stamp_of(message.id) > SETTLED


def _count(statement: Statement, timeline: Timeline, buckets: Iterable[int], *bounds: UUID) -> int:
    remaining = iter(buckets)
    total = 0
    while group := list(islice(remaining, COUNTS_AT_ONCE)):
        answers = [statement.start(timeline.owner_id, timeline.conversation_id, bucket, *bounds) for bucket in group]
        total += sum(answer.rows()[0][0] for answer in answers)
    return total


def _now() -> int:
    return time.time_ns() // 1_000
