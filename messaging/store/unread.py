"""Counting what is unread: derived from the rows after the read position each time, so it can't drift."""

from messaging.store.timeline import BUCKETS_AT_ONCE, READS_AT_ONCE, UP_IDS, Start, hand_on, start_buckets, start_read
from messaging.store.waves import Reading, Row
from messaging.types import Conversation, Unread, bucket_of

HITS_AT_MOST = 100  # messages: one more than a badge can say
ROWS_AT_MOST = 1_000  # rows looked at, with those of one's own and removed ones
BEFORE_ALL = -1  # stands for the bucket of a read position where nothing was ever read


def count_unread(conversation: Conversation) -> Reading[Unread]:
    """Count the messages that others sent after the read position, up to 99.

    Redacted ones count: their gap is there to be seen. Costs nothing where the last message was read, one request
    where all that is unread lies in one bucket with the read position, and two waves at most where it lies in 16.
    """
    if not conversation.may_be_unread:
        return Unread(0, more=False)
    hits = rows_met = 0

    def take(row: Row) -> bool:
        nonlocal hits, rows_met
        rows_met += 1
        _, sender, sender_id = row
        hits += sender is not None and sender_id != conversation.owner_id
        return hits == HITS_AT_MOST or rows_met == ROWS_AT_MOST

    timeline, start = conversation.timeline, _start(conversation)
    first, last = bucket_of(start.message_id) if start else BEFORE_ALL, bucket_of(conversation.last_id)
    # The buckets at both ends are known; which ones between them hold something is asked beside them.
    ends = [first, last] if start and first < last else [last]
    requests = [start_read(timeline, UP_IDS, bucket, start, HITS_AT_MOST) for bucket in ends]
    if last - first > 1:
        requests.append(start_buckets(timeline, UP_IDS, first + 1))
    brought = yield requests
    between = [bucket for (bucket,) in brought.pop() if bucket < last] if len(brought) > len(ends) else []
    there_is_more = len(between) == BUCKETS_AT_ONCE
    enough = yield from hand_on(timeline, UP_IDS, ends, brought, take, HITS_AT_MOST)
    while between and not enough:
        group, between = between[:READS_AT_ONCE], between[READS_AT_ONCE:]
        brought = yield [start_read(timeline, UP_IDS, bucket, None, HITS_AT_MOST) for bucket in group]
        enough = yield from hand_on(timeline, UP_IDS, group, brought, take, HITS_AT_MOST)
    return Unread(min(hits, HITS_AT_MOST - 1), more=enough or there_is_more)


def _start(conversation: Conversation) -> Start | None:
    """Return the read position, or None where nothing was ever read."""
    if conversation.marked_from is not None:
        return Start(conversation.marked_from, included=True)
    return Start(conversation.read_up_to) if conversation.read_up_to is not None else None
