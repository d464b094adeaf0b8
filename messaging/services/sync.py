"""Catching up: what happened to a person's messages since a client last asked.

Nothing is lost, though writers' clocks differ and writes take their time. Every try of a write puts a line into the
logs of its owners, stamped by the writer's clock at that try. Writes end within 5 s and clocks are within 5 s, so no
line can appear any more that is `SETTLED` old; later ones are read again each time, and the token holds which of them
were handed out. Delivery is at least once: clients put messages in by their ids.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from chatsystem.errors import SyncTokenExpired
from chatsystem.limits import MAX_PAGE_SIZE, POLL_AFTER, SYNC_TOKEN_AGE
from messaging import cache
from messaging.services.history import check_limit
from messaging.services.sync_token import REMEMBERED, SyncToken, etag_of
from messaging.store import changes as store
from messaging.store import conversations
from messaging.store.changes import Change
from messaging.store.totals import SETTLED
from messaging.types import Conversation, Message, day_of, last_id_at, now, order_of, stamp_of

OF_MESSAGES = frozenset({"sent", "edited", "redacted"})  # kinds whose message is handed out with them
NOTHING_NEW = b"1"


@dataclass(frozen=True, slots=True)
class Happening:
    """A change as a client is told of it, with the peer's name. `conversation` is what holds of it now.

    It stands beside changes that are of a whole conversation, or of a message that isn't there any more.
    """

    kind: str
    peer: str | None
    message_id: UUID | None
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What happened since a token, in order, and the token to ask with next: the same one where nothing happened.

    `messages` are those that were sent, edited or redacted, each once, as they are now.
    """

    messages: Sequence[Message]
    changes: Sequence[Happening]
    next: SyncToken
    has_more: bool

    @property
    def poll_after(self) -> int:
        """In how many seconds to ask again."""
        return 0 if self.has_more else POLL_AFTER


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one reading of the log found: what to hand out, with the messages that it's of, and how to go on."""

    changes: Sequence[Change]
    messages: dict[UUID, Message | None]
    next: SyncToken
    has_more: bool
    is_at_rest: bool  # whether the next reading finds the same, unless something is written


def begin() -> News:
    """Return no news and a token that begins now. Whoever reads history after this, and then catches up, has all."""
    return News([], [], SyncToken(last_id_at(now() - SETTLED)), has_more=False)


def catch_up(*, owner: User, since: SyncToken, limit: int = MAX_PAGE_SIZE) -> News:
    """Return what happened to `owner`'s messages since a token: `limit` changes at most.

    Raises `InvalidQuery` for a limit over the limit, `SyncTokenExpired` and `StorageUnavailable`.
    """
    check_limit(limit, field="limit")
    began = now()
    if stamp_of(since.floor) < began - SYNC_TOKEN_AGE * 1_000_000:
        raise SyncTokenExpired
    # Every write ends what is cached of its owners, so what is there says that nothing was written since.
    name = f"sync:{etag_of(since.encode(owner.pk))}"
    known = cache.look_up(owner.pk, name)
    if known.value is not None:
        return News([], [], since, has_more=False)
    reading = _read(owner.pk, since, last_id_at(began - SETTLED), limit)
    if reading.is_at_rest and reading.next == since:
        cache.fill(owner.pk, name, NOTHING_NEW, generation=known.generation)
    return _as_news(owner.pk, reading)


def _read(owner_id: UUID, since: SyncToken, settled: UUID, limit: int) -> _Reading:
    """Read the log from the token's floor on; nothing appears any more up to `settled`."""
    rows = store.read(owner_id, after=since.floor, limit=limit + len(since.handed) + 1)
    fresh = [change for change in rows if change.id not in since.handed or _is_due_again(change, settled)]
    taken = _fitting(fresh, since, settled)[:limit]
    messages = store.find_messages(owner_id, {one for change in taken if (one := _message_of(change))})
    shown = [change for change in taken if not _is_under_way(change, messages, settled)]
    is_cut = len(taken) == limit < len(fresh)
    floor = max(since.floor, settled, key=order_of)
    if is_cut:
        floor = min(floor, taken[-1].id, key=order_of)
    following = since
    # A token of an earlier day would cost a request more each day, and would expire in the end.
    if shown or day_of(since.floor) != day_of(floor):
        handed = since.handed.union(change.id for change in shown)
        following = SyncToken(floor, frozenset(one for one in handed if order_of(one) > order_of(floor)))
    return _Reading(
        shown,
        messages,
        following,
        has_more=is_cut and bool(shown),
        # What isn't fresh was handed out; of that all but sends come again when they have settled.
        is_at_rest=not fresh and all(change.kind == "sent" for change in rows),
    )


def _is_due_again(change: Change, settled: UUID) -> bool:
    """Whether a change that was handed out must be once more.

    The rows of a batch don't become visible at once. A message that isn't there yet is waited for, but of what alters
    a row nobody can tell whether the row was read before or after; read again when all has settled, it is right.
    """
    return change.kind != "sent" and order_of(change.id) <= order_of(settled)


def _is_under_way(change: Change, messages: dict[UUID, Message | None], settled: UUID) -> bool:
    """Whether a change's message isn't there and may still come. Where it has settled, its write failed."""
    message_id = _message_of(change)
    return message_id is not None and message_id not in messages and order_of(change.id) > order_of(settled)


def _message_of(change: Change) -> UUID | None:
    """Return the message that is handed out with a change."""
    return change.message_id if change.kind in OF_MESSAGES else None


def _fitting(fresh: Sequence[Change], since: SyncToken, settled: UUID) -> Sequence[Change]:
    """Return the changes that can be handed out: of those that aren't settled only what a token can remember.

    The others wait until the first ones settle, 10 s at most.
    """
    old = bisect_right(fresh, order_of(settled), key=lambda change: order_of(change.id))
    remembered = sum(order_of(one) > order_of(settled) for one in since.handed)
    return fresh[: old + REMEMBERED - remembered]


def _as_news(owner_id: UUID, reading: _Reading) -> News:
    """Put names to the changes, and leave out those whose message is gone: its removal says so."""
    others = {change.conversation_id for change in reading.changes if change.kind not in OF_MESSAGES}
    found = conversations.find_some(owner_id, others)
    messages: dict[UUID, Message] = {}
    happenings = []
    for change in reading.changes:
        message_id = _message_of(change)
        if message_id is None:
            conversation = found.get(change.conversation_id)
            peer = conversation.peer if conversation else None
            happenings.append(Happening(change.kind, peer, change.message_id, conversation))
        elif message := reading.messages.get(message_id):
            messages[message.id] = message
            peer = message.recipient if message.sender_id == owner_id else message.sender
            happenings.append(Happening(change.kind, peer, message.id))
    return News(list(messages.values()), happenings, reading.next, reading.has_more)
