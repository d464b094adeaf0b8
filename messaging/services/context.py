"""What stands around a message, as one of its two people sees it."""

from collections.abc import Sequence
from uuid import UUID

from accounts.models import User
from messaging.store import timeline as store
from messaging.types import Cursor, Message, Timeline, conversation_id_of


def read_context(*, owner: User, message: Message, each_side: int) -> Sequence[Message]:
    """Return `owner`'s message with up to so many of its conversation on each side, newest first.

    Copies that they removed aren't among them. Raises `StorageUnavailable`.
    """
    timeline = Timeline(owner.pk, message.conversation_id)
    return store.read_around(timeline, place=Cursor(message.id), limit=2 * each_side + 1).messages


def read_newest(*, owner: User, peer_id: UUID, limit: int, up_to: Cursor | None = None) -> Sequence[Message]:
    """Return the newest messages that `owner` has with somebody, newest first; none where there never were any.

    Those that came after the message `up_to` aren't among them.
    """
    timeline = Timeline(owner.pk, conversation_id_of(owner.pk, peer_id))
    return store.read_older(timeline, before=up_to, included=True, limit=limit).messages
