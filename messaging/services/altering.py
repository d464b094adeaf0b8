"""Changing messages that were sent: editing, deleting for everyone, removing one's own copy."""

from uuid import UUID

from django.conf import settings

from accounts.models import User
from accounts.services.switches import check_writable
from chatsystem.errors import EditWindowOver, MessageNotFound, MessageRedacted, NotYours
from messaging import cache
from messaging.services.one_message import get_message
from messaging.services.sending import check_content
from messaging.store import altering as store
from messaging.store import one_message
from messaging.types import Message, moment_of, now, stamp_of


def edit_message(*, author: User, message_id: UUID, content: str) -> Message:
    """Put `content` in the place of what `author` wrote, in both people's copies. Of several edits the last one holds.

    Raises `ReadOnly`, `InvalidPayload`, `MessageNotFound`, `NotYours`, `MessageRedacted` and `EditWindowOver` before
    anything is written. After `StorageUnavailable` the edit may still appear, in all copies or in none.
    """
    check_writable()
    check_content(content)
    message, stamp = _get_editable(author, message_id)
    with cache.forgetting(*message.owner_ids):
        return store.edit(message, content, stamp=stamp)


def get_editable(*, author: User, message_id: UUID) -> Message:
    """Return a message that its author may edit now. Raises what `edit_message` does for others."""
    return _get_editable(author, message_id)[0]


def _get_editable(author: User, message_id: UUID) -> tuple[Message, int]:
    """Return a message with the stamp of an edit that is made now."""
    found = one_message.find_message_and_stamp(author.pk, message_id)
    if found is None:
        raise MessageNotFound
    message, seen = found
    check_author(message, author)
    if message.redacted_at:
        raise MessageRedacted
    stamp = store.edit_stamp(seen)
    # The stamp itself must lie in the window, or a redaction could come before it.
    if stamp > edit_window_ends(message):
        raise EditWindowOver
    return message, stamp


def edit_window_ends(message: Message) -> int:
    """Return the stamp after which a message can't be edited any more."""
    return stamp_of(message.id) + settings.EDIT_WINDOW * 1_000_000


def may_edit(message: Message, person: User) -> bool:
    """Whether `edit_message` would do it now, as far as a message that was just read tells."""
    return message.sender_id == person.pk and not message.redacted_at and now() <= edit_window_ends(message)


def delete_for_everyone(*, author: User, message_id: UUID) -> Message:
    """Take the content of what `author` wrote from both people, at any time. Repeating it changes nothing.

    Raises `ReadOnly`, `MessageNotFound`, `NotYours` and `StorageUnavailable`, after which it may happen or not.
    """
    check_writable()
    message = get_message(owner=author, message_id=message_id)
    check_author(message, author)
    return redact_message(message=message)


def redact_message(*, message: Message) -> Message:
    """Take a message's content out of every copy, whoever asks and however old it is; a labelled gap stays.

    Copies that their owner removed are changed too. Raises `StorageUnavailable`.
    """
    at = message.redacted_at or moment_of(now())
    with cache.forgetting(*message.owner_ids):
        return store.redact(message, at=at, stamp=store.final_stamp(message.id))


def forget_redacted(*, message: Message) -> None:
    """Have nobody see from the cache what a message said, though whoever redacted it died before they said so."""
    cache.forget(message.owner_ids)


def remove_message(*, owner: User, message_id: UUID) -> None:
    """Remove `owner`'s copy of a message; the other person keeps theirs.

    Raises `ReadOnly`, `MessageNotFound`, also when it was removed before, and `StorageUnavailable`.
    """
    check_writable()
    message = get_message(owner=owner, message_id=message_id)
    with cache.forgetting(owner.pk):
        store.remove(message, owner.pk, at=moment_of(now()), stamp=store.final_stamp(message.id))


def check_author(message: Message, person: User) -> None:
    """Raise `NotYours` unless `person` wrote the message."""
    if message.sender_id != person.pk:
        raise NotYours
