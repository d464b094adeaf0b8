"""Reading one message."""

from collections.abc import Collection
from uuid import UUID

from accounts.models import User
from chatsystem.errors import MessageNotFound
from messaging.store import one_message
from messaging.types import INBOX, Message, Timeline


def get_message(*, owner: User, message_id: UUID) -> Message:
    """Return a message that `owner` sent or got.

    Raises `MessageNotFound` for a stranger's, an unknown and a removed one alike, and `StorageUnavailable`.
    """
    message = one_message.find_message(owner.pk, message_id)
    if message is None:
        raise MessageNotFound
    return message


def which_are_there(*, owner: User, message_ids: Collection[UUID]) -> Collection[UUID]:
    """Return those of some messages that `owner` has still, by one request at most; redacted ones are there.

    Raises `StorageUnavailable`.
    """
    return one_message.find_some(Timeline(owner.pk, INBOX), message_ids).keys()
