"""Read positions, and what is unread after them."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from accounts.models import User
from chatsystem.errors import InvalidPayload
from messaging import cache
from messaging.services.conversations import summarize
from messaging.services.finding import get_conversation
from messaging.store import conversations as store
from messaging.store import timeline
from messaging.store.timeline import CLOCK_SKEW
from messaging.store.unread import HITS_AT_MOST
from messaging.types import Conversation, Summary, Unread, now, order_of, stamp_of

COUNTED_AT_ONCE = 25  # conversations
LOOKED_AT = 100  # messages of a conversation, for the newest one that its owner didn't send
COUNTED_AT_MOST = 200  # conversations; more of them with nothing to read, though it seemed so, are not looked at


def read_up_to(*, owner: User, username: str, up_to: UUID) -> Summary:
    """Have all messages of a conversation be read up to one, with it, also those that were marked as unread.

    The position never moves back, whichever device tells last. `up_to` is a place: a message that isn't there, or
    was removed, is as good. Raises `ConversationNotFound`, and `InvalidPayload` for a place in the future.
    """
    _check_place(up_to, field="up_to")
    conversation = get_conversation(owner=owner, username=username)
    mark_read(conversation, up_to=up_to)
    position = max(conversation.read_up_to or up_to, up_to, key=order_of)
    return summarize(replace(conversation, read_up_to=position, unread_from=None))


def mark_read(conversation: Conversation, *, up_to: UUID) -> None:
    """Do what `read_up_to` does, for whoever has just read the conversation."""
    with cache.forgetting(conversation.owner_id):
        store.move_read_position(conversation, up_to)


def mark_unread(*, owner: User, username: str, first: UUID) -> Summary:
    """Have all messages of a conversation from one on be unread, until something in it is read or sent again.

    Raises `ConversationNotFound`, and `InvalidPayload` for a place in the future.
    """
    _check_place(first, field="from")
    conversation = get_conversation(owner=owner, username=username)
    with cache.forgetting(owner.pk):
        store.mark_unread(conversation, first)
    return summarize(replace(conversation, unread_from=first))


def mark_newest_unread(*, owner: User, username: str) -> bool:
    """Have the newest message that `username` sent be unread; return whether there is one.

    It's looked for among the last `LOOKED_AT` messages. Raises `ConversationNotFound`.
    """
    conversation = get_conversation(owner=owner, username=username)
    page = timeline.read_older(conversation.timeline, limit=LOOKED_AT)
    theirs = next((message.id for message in page.messages if message.sender_id != owner.pk), None)
    if theirs is not None:
        with cache.forgetting(owner.pk):
            store.mark_unread(conversation, theirs)
    return theirs is not None


def read_everything(*, owner: User) -> None:
    """Have every conversation be read up to its last message."""
    unread = [one for one in store.read_all(owner.pk) if one.may_be_unread]
    with cache.forgetting(owner.pk):
        store.read_everything(unread)


def count_unread(*, owner: User) -> Unread:
    """Count the unread messages of all conversations that aren't hidden, up to 99."""
    candidates = [one for one in store.read_all(owner.pk) if one.may_be_unread and not one.is_hidden]
    looked_at = candidates[:COUNTED_AT_MOST]
    count, more = 0, len(looked_at) < len(candidates)
    for first in range(0, len(looked_at), COUNTED_AT_ONCE):
        counted = store.count_unread_of(looked_at[first : first + COUNTED_AT_ONCE])
        count += sum(one.count for one in counted)
        more = more or any(one.more for one in counted)
        if count >= HITS_AT_MOST:
            return Unread(HITS_AT_MOST - 1, more=True)
    return Unread(count, more)


def show_unread(*, owner: User, show: Callable[[Unread], bytes]) -> bytes:
    """Return what `show` makes of `count_unread`, from the cache where it is there."""
    return cache.remember(owner.pk, show.__name__, lambda: show(count_unread(owner=owner)))


def _check_place(message_id: UUID, *, field: str) -> None:
    """Raise `InvalidPayload` for an id that no message can have yet: what is still to come would count as read."""
    if stamp_of(message_id) > now() + CLOCK_SKEW * 1_000_000:
        raise InvalidPayload.of(field, "in_the_future", "No message is that new.")
