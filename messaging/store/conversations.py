"""People's conversations: a row for each side, all of one owner in one partition.

Stamps decide: `read_up_to` and `hidden_through` carry the microsecond of the message that they name, so they only move
forward, whichever device comes last. Marks and flags carry the wall clock, or a microsecond more than what they
replace where another server's clock was ahead. A mark that is older than `read_up_to` is over.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from cassandra.query import BoundStatement

from chatsystem.limits import MAX_CONVERSATIONS
from messaging.store import timeline
from messaging.store.rows import SENDER, as_message
from messaging.store.session import Statement, run_batch
from messaging.store.timeline import DOWN, Start, walk
from messaging.store.unread import count_unread
from messaging.store.waves import Reading, Row, read_together
from messaging.store.writing import change, preview_of
from messaging.types import Conversation, LastMessage, Summary, Unread, last_id_at, now, order_of, stamp_of

_COLUMNS = (
    "conversation_id, peer, last, read_up_to, unread_from, muted, archived, hidden_through,"
    " WRITETIME(unread_from), WRITETIME(muted), WRITETIME(archived)"
)
_OF_OWNER = "FROM conversations WHERE owner_id = ?"
ALL = Statement("conversations", f"SELECT {_COLUMNS} {_OF_OWNER} LIMIT ?")
ONE = Statement("conversation", f"SELECT {_COLUMNS} {_OF_OWNER} AND conversation_id = ? LIMIT 1")
SOME = Statement("some_conversations", f"SELECT {_COLUMNS} {_OF_OWNER} AND conversation_id IN ? LIMIT ?")

_UPDATE = "UPDATE conversations USING TIMESTAMP ? SET"
_KEY = "WHERE owner_id = ? AND conversation_id = ?"
READ_UP_TO = Statement("read_up_to", f"{_UPDATE} read_up_to = ? {_KEY}")
UNREAD_FROM = Statement("unread_from", f"{_UPDATE} unread_from = ? {_KEY}")
HIDE = Statement("hide", f"{_UPDATE} hidden_through = ? {_KEY}")
SET_MUTED = Statement("set_muted", f"{_UPDATE} muted = ? {_KEY}")
SET_ARCHIVED = Statement("set_archived", f"{_UPDATE} archived = ? {_KEY}")
FLAGS = {"muted": SET_MUTED, "archived": SET_ARCHIVED}

# Where a mark is that was taken back: behind all messages. A deleted one would hide its stamp, and a mark by a server
# whose clock is behind could then not come after it.
NOWHERE = last_id_at(10**17)
READ_AT_ONCE = 50  # conversations in a batch that marks them read: far below the batch limit
ALL_READ = Unread(0, more=False)
NEWEST_AT_ONCE = 5  # rows read to find the newest message: mostly the first one is there


def find(owner_id: UUID, conversation_id: UUID) -> Conversation | None:
    """Return one side of a conversation, or None where its owner has no message of it."""
    return next(_as_conversations(owner_id, ONE.run(owner_id, conversation_id)), None)


def find_some(owner_id: UUID, conversation_ids: Collection[UUID]) -> dict[UUID, Conversation]:
    """Return those of some conversations that there are, by one request at most."""
    if not conversation_ids:
        return {}
    rows = SOME.run(owner_id, list(conversation_ids), len(conversation_ids))
    return {conversation.id: conversation for conversation in _as_conversations(owner_id, rows)}


def read_all(owner_id: UUID) -> list[Conversation]:
    """Return a person's conversations, newest first: `MAX_CONVERSATIONS` at most, whichever have the lowest ids.

    Their rows are in the order of ids, which is none of time, so all are read and sorted here.
    """
    found = _as_conversations(owner_id, ALL.run(owner_id, MAX_CONVERSATIONS))
    return sorted(found, key=lambda conversation: order_of(conversation.last_id), reverse=True)


def summarize(conversations: Sequence[Conversation]) -> list[Summary]:
    """Return what lists show of conversations. All that must be looked up for them is looked up side by side."""
    asked = [one for one in conversations if one.may_be_unread or one.last is None]
    readings: list[Reading[Any]] = [count_unread(one) for one in asked]
    readings += [_newest_message(one) for one in asked]
    found = read_together(readings)
    unread, last = found[: len(asked)], found[len(asked) :]
    looked_up = {one[0].id: Summary(*one) for one in zip(asked, last, unread, strict=True)}
    return [looked_up.get(one.id) or Summary(one, one.last, ALL_READ) for one in conversations]


def count_unread_of(conversations: Iterable[Conversation]) -> list[Unread]:
    """Count the unread messages of several conversations side by side."""
    return read_together([count_unread(one) for one in conversations])


def move_read_position(conversation: Conversation, up_to: UUID) -> None:
    """Have all up to a message be read, also what was marked as unread. It never moves back."""
    run_batch("read", list(_read(conversation, up_to)))


def read_everything(conversations: Iterable[Conversation]) -> None:
    """Have all up to the last message of each conversation be read."""
    remaining = iter(conversations)
    while group := list(islice(remaining, READ_AT_ONCE)):
        run_batch("read", [statement for one in group for statement in _read(one, one.last_id)])


def mark_unread(conversation: Conversation, first: UUID) -> None:
    """Have all from a message on be unread, until it's read again."""
    key = conversation.owner_id, conversation.id
    seen = max(conversation.marked_at, stamp_of(conversation.read_up_to) if conversation.read_up_to else 0)
    mark = UNREAD_FROM.bind(_stamp_after(seen), first, *key)
    run_batch("mark_unread", [mark, change(conversation.owner_id, "read", conversation.id, first)])


def set_flags(conversation: Conversation, flags: Mapping[str, bool]) -> None:
    """Set `muted`, `archived` or both."""
    stamp = _stamp_after(conversation.flagged_at)
    writes = [FLAGS[name].bind(stamp, value, conversation.owner_id, conversation.id) for name, value in flags.items()]
    run_batch("flags", [*writes, _flags_change(conversation)])


def hide(conversation: Conversation) -> None:
    """Hide a conversation until its next message."""
    last_id = conversation.last_id
    write = HIDE.bind(stamp_of(last_id), last_id, conversation.owner_id, conversation.id)
    run_batch("flags", [write, _flags_change(conversation)])


def _read(conversation: Conversation, up_to: UUID) -> Iterator[BoundStatement]:
    key = conversation.owner_id, conversation.id
    yield READ_UP_TO.bind(stamp_of(up_to), up_to, *key)
    mark, position = conversation.unread_from, max(up_to, conversation.read_up_to or up_to, key=order_of)
    if mark is not None and order_of(mark) <= order_of(position):
        yield UNREAD_FROM.bind(_stamp_after(conversation.marked_at), NOWHERE, *key)
    yield change(conversation.owner_id, "read", conversation.id, up_to)


def _flags_change(conversation: Conversation) -> BoundStatement:
    return change(conversation.owner_id, "flags", conversation.id, conversation.last_id)


def _stamp_after(seen: int) -> int:
    """Return the time, or just after what was seen: whoever saw it comes later, whatever the clocks say."""
    return max(now(), seen + 1)


def _newest_message(conversation: Conversation) -> Reading[LastMessage | None]:
    """Return the newest message that is there; the row mostly says it, else the timeline does."""
    if conversation.last is not None:
        return conversation.last
    found: list[Row] = []
    met = 0

    def take(row: Row) -> bool:
        nonlocal met
        met += 1
        if row[SENDER] is not None:
            found.append(row)
        return bool(found) or met == timeline.ROWS_AT_MOST

    start = Start(conversation.last_id, included=True)
    yield from walk(conversation.timeline, DOWN, start, take, chunk=NEWEST_AT_ONCE)
    if not found:
        return None
    message = as_message(found[0])
    preview = None if message.redacted_at else preview_of(message.content)
    return LastMessage(message.id, message.sender, preview)


def _as_conversations(owner_id: UUID, rows: Iterable[Row]) -> Iterator[Conversation]:
    """Yield the conversations in rows of `_COLUMNS`; a row without a message is a change that met nothing."""
    for conversation_id, peer, last, read_up_to, unread_from, muted, archived, hidden_through, *stamps in rows:
        if last is None or peer is None:
            continue
        marked_at, *flagged_at = (stamp or 0 for stamp in stamps)
        if read_up_to is not None and marked_at <= stamp_of(read_up_to):
            unread_from = None  # its owner sent or read something after marking
        last_id, sender, preview = last
        yield Conversation(
            owner_id,
            conversation_id,
            peer,
            last_id,
            LastMessage(last_id, sender, preview) if preview is not None else None,
            read_up_to,
            unread_from,
            bool(muted),
            bool(archived),
            hidden_through,
            marked_at,
            max(flagged_at),
        )
