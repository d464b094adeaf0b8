"""A person's conversations: lists of them, one of them, and what its owner decides about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from accounts.models import User
from chatsystem.limits import DEFAULT_CONVERSATIONS, MAX_PAGE_SIZE
from messaging import cache
from messaging.services.finding import get_conversation
from messaging.services.history import check_limit
from messaging.store import conversations as store
from messaging.types import Conversation, Cursor, Summary, order_of

# Conversations that may be unread and turn out not to be, since what came was removed: how many of them one request
# looks at. Behind them a list comes short, with a place to go on.
LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Conversations:
    """Some of a person's conversations, that with the newest message first."""

    summaries: Sequence[Summary]
    older: Cursor | None  # what to ask for `before`, or None at the end


@dataclass(frozen=True, slots=True)
class Filters:
    """Which conversations are asked for: unread ones, archived ones or others; None doesn't mind."""

    unread: bool | None = None
    archived: bool | None = None

    def may_match(self, conversation: Conversation) -> bool:
        """Whether all is well with a conversation, as far as its row tells: what seems unread may not be."""
        if self.archived not in (None, conversation.archived):
            return False
        return not self.unread or conversation.may_be_unread

    def matches(self, summary: Summary) -> bool:
        """Whether a conversation that may match does."""
        return self.unread in (None, summary.is_unread)


EVERYTHING = Filters()


def read_conversations(
    *,
    owner: User,
    limit: int = DEFAULT_CONVERSATIONS,
    before: Cursor | None = None,
    filters: Filters = EVERYTHING,
) -> Conversations:
    """Return up to `limit` of `owner`'s conversations, newest first: the first ones, or those `before` a place.

    Hidden ones are left out. A conversation that got a message while one pages stands on the first page from then on.
    Raises `InvalidQuery` for a limit out of range, and `StorageUnavailable`.
    """
    check_limit(limit, field="limit")
    candidates = [one for one in store.read_all(owner.pk) if _may_be_asked_for(one, before, filters)]
    found, looked_at = take(candidates, limit, filters)
    older = Cursor(candidates[looked_at - 1].last_id) if looked_at < len(candidates) else None
    return Conversations(found, older)


def take(candidates: Sequence[Conversation], limit: int, filters: Filters) -> tuple[list[Summary], int]:
    """Return the first `limit` of `candidates` that match, and how many were looked at for them."""
    found: list[Summary] = []
    looked_at = 0
    while len(found) < limit and looked_at < min(len(candidates), LOOKED_AT):
        group = candidates[looked_at : looked_at + limit - len(found)]
        looked_at += len(group)
        found += filter(filters.matches, store.summarize(group))
    return found, looked_at


def show_conversations(
    *,
    owner: User,
    show: Callable[[Conversations], bytes],
    limit: int,
    before: Cursor | None = None,
    filters: Filters = EVERYTHING,
) -> bytes:
    """Return what `show` makes of `read_conversations`; of the first page from the cache, where it is there."""
    check_limit(limit, field="limit")

    def read() -> bytes:
        return show(read_conversations(owner=owner, limit=limit, before=before, filters=filters))

    if before or limit != DEFAULT_CONVERSATIONS:
        return read()
    return cache.remember(owner.pk, f"{show.__name__}:{filters.unread}:{filters.archived}", read)


def names_of_peers(*, owner: User, limit: int = MAX_PAGE_SIZE) -> list[str]:
    """Return with whom `owner` has conversations, hidden ones left out, the newest first."""
    return [one.peer for one in store.read_all(owner.pk) if not one.is_hidden][:limit]


def read_one(*, owner: User, username: str) -> Summary:
    """Return the conversation with `username`, hidden or not. Raises `ConversationNotFound`."""
    return summarize(get_conversation(owner=owner, username=username))


def set_flags(*, owner: User, username: str, muted: bool | None = None, archived: bool | None = None) -> Summary:
    """Set what isn't None. Raises `ConversationNotFound`."""
    conversation = get_conversation(owner=owner, username=username)
    flags = {name: value for name, value in (("muted", muted), ("archived", archived)) if value is not None}
    if flags:
        with cache.forgetting(owner.pk):
            store.set_flags(conversation, flags)
    muted, archived = flags.get("muted", conversation.muted), flags.get("archived", conversation.archived)
    return summarize(replace(conversation, muted=muted, archived=archived))


def hide(*, owner: User, username: str) -> None:
    """Leave the conversation out of lists and totals until its next message. Raises `ConversationNotFound`."""
    conversation = get_conversation(owner=owner, username=username)
    with cache.forgetting(owner.pk):
        store.hide(conversation)


def summarize(conversation: Conversation) -> Summary:
    """Return what is shown of one conversation."""
    return store.summarize([conversation])[0]


def _may_be_asked_for(conversation: Conversation, before: Cursor | None, filters: Filters) -> bool:
    """Whether a conversation belongs into a list, as far as its row tells."""
    if conversation.is_hidden or not filters.may_match(conversation):
        return False
    return before is None or order_of(conversation.last_id) < order_of(before.message_id)
