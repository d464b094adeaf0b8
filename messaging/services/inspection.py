"""Reading what other people sent and got, for operators: also what one of the two removed, by the other's copy.

Whoever calls this asks for a reason and writes down who looks; see `moderation.services.lookup`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import RFC_4122, UUID

from chatsystem.errors import InvalidPayload, MessageNotFound
from chatsystem.limits import DEFAULT_PAGE_SIZE
from messaging.services.history import LAST_SECOND, check_limit
from messaging.store import inspection as store
from messaging.store.inspection import Copies, Copy
from messaging.store.timeline import Start
from messaging.types import EPOCH, Cursor, Message, Timeline, conversation_id_of, last_id_at, order_of


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, with both of them; None is no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def check(self) -> None:
        """Raise `InvalidPayload` where it ends before it begins, or a moment has no time zone."""
        for field, moment in (("since", self.since), ("until", self.until)):
            if moment is not None and moment.utcoffset() is None:
                raise InvalidPayload.of(field, "no_time_zone", "A moment needs a time zone.")
        if self.since and self.until and self.since > self.until:
            raise InvalidPayload.of("until", "before_since", "The end must not come before the beginning.")

    @property
    def after(self) -> UUID | None:
        """The place that all of its messages come after."""
        return last_id_at(_stamp(self.since) - 1) if self.since else None

    @property
    def start(self) -> Start | None:
        """Where a walk back through it begins."""
        return Start(last_id_at(_stamp(self.until)), included=True) if self.until else None


ALWAYS = Span()


@dataclass(frozen=True, slots=True)
class Inspected:
    """A message, and who of its people removed their copy. Where all did, its names and its content are empty."""

    message: Message
    removed_by: frozenset[UUID]
    has_content: bool  # any copy; without, there is nothing left to redact


@dataclass(frozen=True, slots=True)
class InspectedPage:
    """Messages, newest first, and the place to go on `before`: None at the end. It may come short before that."""

    messages: Sequence[Inspected]
    older: Cursor | None


def inspect_message(*, person_id: UUID, message_id: UUID) -> Inspected:
    """Return a message by its id and one of its two people.

    Raises `MessageNotFound` where that person has no copy, not even a removed one, and `StorageUnavailable`.
    """
    return _complete([_get_copy(person_id, message_id)])[0]


def inspect_around(*, person_id: UUID, message_id: UUID, each_side: int) -> Sequence[Inspected]:
    """Return it with up to so many messages of its conversation on each side, newest first. Raises the same."""
    copy = _get_copy(person_id, message_id)
    timeline = Timeline(person_id, copy.message.conversation_id)
    return _complete(store.read_around(timeline, message_id=message_id, each_side=each_side))


def inspect_person(
    *, person_id: UUID, span: Span = ALWAYS, before: Cursor | None = None, limit: int = DEFAULT_PAGE_SIZE
) -> InspectedPage:
    """Return up to `limit` messages that a person sent or got in a span of time, newest first.

    Raises `InvalidPayload`, `InvalidQuery` for a limit out of range, and `StorageUnavailable`.
    """
    return _page(Timeline(person_id), span, before, limit)


def inspect_pair(
    *, person_id: UUID, peer_id: UUID, span: Span = ALWAYS, before: Cursor | None = None, limit: int = DEFAULT_PAGE_SIZE
) -> InspectedPage:
    """Return up to `limit` messages between two people, likewise."""
    return _page(Timeline(person_id, conversation_id_of(person_id, peer_id)), span, before, limit)


def inspect_sent(
    *, person_id: UUID, span: Span = ALWAYS, before: Cursor | None = None, limit: int = DEFAULT_PAGE_SIZE
) -> InspectedPage:
    """Return those of `limit` messages that the person wrote, likewise: what others wrote to them is passed over."""
    copies = _read(Timeline(person_id), span, before, limit)
    return InspectedPage(_complete([one for one in copies.found if one.message.sender_id == person_id]), copies.end)


def _page(timeline: Timeline, span: Span, before: Cursor | None, limit: int) -> InspectedPage:
    copies = _read(timeline, span, before, limit)
    return InspectedPage(_complete(copies.found), copies.end)


def _read(timeline: Timeline, span: Span, before: Cursor | None, limit: int) -> Copies:
    check_limit(limit, field="limit")
    span.check()
    return store.read_back(timeline, start=_older(span.start, before), since=span.after, limit=limit)


def _older(start: Start | None, before: Cursor | None) -> Start | None:
    """Return where to begin: at the older one of the span's end and the place that a page before this one came to."""
    if before is None or (start and order_of(start.message_id) < order_of(before.message_id)):
        return start
    return Start(before.message_id)


def _get_copy(person_id: UUID, message_id: UUID) -> Copy:
    if message_id.variant != RFC_4122 or message_id.version != 1:
        raise MessageNotFound  # no id of ours; Cassandra refuses to look for it
    key = person_id, message_id
    copy = store.find_copies([key]).get(key)
    if copy is None:
        raise MessageNotFound
    return copy


def _complete(copies: Sequence[Copy]) -> list[Inspected]:
    """Put the other person's copy beside each."""
    theirs = store.find_copies(_others(copies))
    return [_as_inspected(copy, theirs.get((copy.peer_id, copy.message.id), copy)) for copy in copies]


def _others(copies: Iterable[Copy]) -> Iterable[tuple[UUID, UUID]]:
    return ((copy.peer_id, copy.message.id) for copy in copies if copy.peer_id != copy.owner_id)


def _as_inspected(copy: Copy, other: Copy) -> Inspected:
    message = other.message if copy.is_removed else copy.message
    removed_by = frozenset(one.owner_id for one in (copy, other) if one.is_removed)
    return Inspected(message, removed_by, has_content=bool(copy.message.content or other.message.content))


def _stamp(moment: datetime) -> int:
    """Return a moment's microsecond since 1970, within what ids can hold."""
    stamp = (moment - EPOCH) // timedelta(microseconds=1)
    return min(max(stamp, 1), LAST_SECOND * 1_000_000)
