"""Searching by looking at each message, from the newest back: bounded in rows and in time."""

import time
from uuid import UUID

from chatsystem.limits import SEARCH_ROWS, SEARCH_SECONDS
from messaging.search.interface import Found, Query
from messaging.search.text import Pattern
from messaging.store.rows import MESSAGE_FIELDS, as_message
from messaging.store.timeline import DOWN, ROWS_AT_ONCE, Start, walk
from messaging.store.waves import Row, read
from messaging.types import Cursor, Message, order_of

SENDER_ID, CONTENT = map(MESSAGE_FIELDS.index, ("sender_id", "content"))
ROWS_BETWEEN = 50  # rows from one look at the clock to the next


def scan(query: Query, *, before: Cursor | None, limit: int) -> Found:
    """Find messages as a `Finder`. Costs up to `SEARCH_ROWS` rows, and ends soon after `SEARCH_SECONDS`."""
    pattern = Pattern(query.terms)
    since = order_of(query.since) if query.since else None
    deadline = time.monotonic() + SEARCH_SECONDS
    passed: list[UUID] = []
    found: list[Message] = []
    is_done = False

    def take(row: Row) -> bool:
        nonlocal is_done
        if since is not None and order_of(row[0]) <= since:
            is_done = True
            return True
        passed.append(row[0])
        # Nothing is found in a copy that was removed, nor in a redacted one, whose content is empty.
        if row[CONTENT] and _is_asked_for(row[SENDER_ID], query) and pattern.is_in(row[CONTENT]):
            found.append(as_message(row))
        return (
            len(found) == limit
            or len(passed) == SEARCH_ROWS
            or (len(passed) % ROWS_BETWEEN == 0 and time.monotonic() > deadline)
        )

    ended = read(walk(query.timeline, DOWN, _start(query, before), take, chunk=ROWS_AT_ONCE))
    reached = passed[-1] if passed else None
    return Found(found, older=None if ended or is_done or reached is None else Cursor(reached), reached=reached)


def _is_asked_for(sender_id: UUID | None, query: Query) -> bool:
    """Whether a row is of a message at all, and by whom it shall be."""
    if sender_id is None:
        return False
    return query.is_own is None or (sender_id == query.timeline.owner_id) == query.is_own


def _start(query: Query, before: Cursor | None) -> Start | None:
    """Return the older one of the places to begin at."""
    if query.until and (before is None or order_of(query.until) < order_of(before.message_id)):
        return Start(query.until, included=True)
    return Start(before.message_id) if before else None
