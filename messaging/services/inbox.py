"""A person's conversations as their inbox lists them: those with something new first, to be walked both ways."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from accounts.models import User
from chatsystem.errors import InvalidQuery
from chatsystem.limits import DEFAULT_CONVERSATIONS
from messaging.services.conversations import EVERYTHING, Filters, take
from messaging.services.history import check_limit
from messaging.store import conversations as store
from messaging.store.unread import HITS_AT_MOST
from messaging.types import Conversation, Cursor, Summary, Unread, order_of

Order = tuple[bool, int, int]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the list: just at a conversation, by its newest message, among the new ones or among the others.

    It says which of both, since a conversation that was read meanwhile stands among the others: whoever goes on where
    it was shall still meet the rest of the new ones.
    """

    cursor: Cursor
    is_new: bool

    def encode(self) -> str:
        """Return the text that is handed back: 23 characters that are safe in a URL."""
        return ("n" if self.is_new else "e") + self.cursor.encode()

    @classmethod
    def decode(cls, text: str, *, field: str) -> Self:
        """Read `encode`'s text. Raises `InvalidQuery` that names `field` for anything else."""
        if text[:1] not in {"n", "e"}:
            raise InvalidQuery.of(field, "invalid_cursor", "This is no place in a list; take one from its links.")
        return cls(Cursor.decode(text[1:], field=field), text[0] == "n")

    @classmethod
    def of(cls, conversation: Conversation) -> Self:
        """Return where a conversation stands now."""
        return cls(Cursor(conversation.last_id), is_new(conversation))

    @property
    def order(self) -> Order:
        """What the list is sorted by."""
        return _order(self.cursor.message_id, self.is_new)


@dataclass(frozen=True, slots=True)
class ConversationList:
    """Some of a person's conversations, in the order of the list."""

    summaries: Sequence[Summary]
    older: Spot | None  # what to ask for `before`, or None at the end
    newer: Spot | None  # what to ask for `after`, or None at the beginning
    unread: Unread | None  # messages in all new ones that are asked for; None where the list isn't begun with
    archived: int  # conversations that are archived, asked for or not
    archived_new: int  # those among them that may have something new


def list_conversations(
    *,
    owner: User,
    limit: int = DEFAULT_CONVERSATIONS,
    before: Spot | None = None,
    after: Spot | None = None,
    filters: Filters = EVERYTHING,
) -> ConversationList:
    """Return up to `limit` of `owner`'s conversations: those with something unread first, both kinds newest first.

    The first ones, or those `before` a place, or those next `after` it; where few are left there, the first ones.
    What is new is decided for the whole list, not for a page: walking down meets each conversation once, and one that
    gets a message meanwhile stands on the first page from then on. Muted ones are never new; hidden ones are left out.

    Costs one request, and one wave of requests that go out side by side for what is unread on the page.
    Raises `InvalidQuery` for a limit out of range or two places, and `StorageUnavailable`.
    """
    check_limit(limit, field="limit")
    if before and after:
        raise InvalidQuery.of("after", "exclusive", "Only one of before and after can be asked for.")
    shown = [one for one in store.read_all(owner.pk) if not one.is_hidden]
    listed = sorted(filter(filters.may_match, shown), key=_order_of)
    first = bisect_right(listed, before.order, key=_order_of) if before else 0
    end = bisect_left(listed, after.order, key=_order_of) if after else 0
    if end > limit:
        backwards, looked_at = take(listed[:end][::-1], limit, filters)
        summaries, first = backwards[::-1], end - looked_at
    else:
        summaries, looked_at = take(listed[first:], limit, filters)
        end = first + looked_at
    return ConversationList(
        summaries,
        older=Spot.of(listed[end - 1]) if 0 < end < len(listed) else None,
        newer=Spot.of(listed[first]) if 0 < first < len(listed) else None,
        unread=None if first else _sum(summaries, more=end < len(listed) and is_new(listed[end])),
        archived=sum(one.archived for one in shown),
        archived_new=sum(one.archived and is_new(one) for one in shown),
    )


def is_new(conversation: Conversation) -> bool:
    """Whether a conversation may have something unread that its owner wants to be told of."""
    return conversation.may_be_unread and not conversation.muted


def _order_of(conversation: Conversation) -> Order:
    return _order(conversation.last_id, is_new(conversation))


def _order(message_id: UUID, is_new: bool) -> Order:
    """New ones first, then by time, the newest first."""
    ticks, rest = order_of(message_id)
    return (not is_new, -ticks, -rest)


def _sum(summaries: Sequence[Summary], *, more: bool) -> Unread:
    """Add up what is new in conversations, up to 99; `more` says that there are others."""
    counts = [one.unread for one in summaries if not one.conversation.muted]
    count = sum(one.count for one in counts)
    more = more or count >= HITS_AT_MOST or any(one.more for one in counts)
    return Unread(min(count, HITS_AT_MOST - 1), more)
