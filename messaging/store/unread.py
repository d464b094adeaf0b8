"""Counting what is unread: derived from the rows after the read position each time, so it can't drift."""

from messaging.store.timeline import UP_IDS, Start, walk
from messaging.store.waves import Reading, Row
from messaging.types import Conversation, Unread, bucket_of, last_id_at

HITS_AT_MOST = 100  # messages: one more than a badge can say
ROWS_AT_MOST = 1_000  # rows looked at, with those of one's own and removed ones
BEGINNING = last_id_at(0)  # a place before all messages


def count_unread(conversation: Conversation) -> Reading[Unread]:
    """Count the messages that others sent after the read position, up to 99.

    Redacted ones count: their gap is there to be seen. Costs nothing where the last message was read, one request
    where all that is unread lies in the bucket of the read position, and mostly two waves else.
    """
    if not conversation.may_be_unread:
        return Unread(0, more=False)
    hits = rows = 0

    def take(row: Row) -> bool:
        nonlocal hits, rows
        rows += 1
        _, sender, sender_id = row
        hits += sender is not None and sender_id != conversation.owner_id
        return hits == HITS_AT_MOST or rows == ROWS_AT_MOST

    ended = yield from walk(
        conversation.timeline,
        UP_IDS,
        _start(conversation),
        take,
        chunk=HITS_AT_MOST,
        through=bucket_of(conversation.last_id),
    )
    return Unread(min(hits, HITS_AT_MOST - 1), more=not ended)


def _start(conversation: Conversation) -> Start:
    if conversation.marked_from is not None:
        return Start(conversation.marked_from, included=True)
    return Start(conversation.read_up_to or BEGINNING)
