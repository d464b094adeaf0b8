"""Reading one message."""

from uuid import UUID

from accounts.models import User
from chatsystem.errors import MessageNotFound
from messaging.store import one_message
from messaging.types import Message


def get_message(*, owner: User, message_id: UUID) -> Message:
    """Return a message that `owner` sent or got.

    Raises `MessageNotFound` for a stranger's, an unknown and a removed one alike, and `StorageUnavailable`.
    """
    message = one_message.find_message(owner.pk, message_id)
    if message is None:
        raise MessageNotFound
    return message
