"""Finding one's conversation with somebody by their name."""

from accounts.models import User
from accounts.services.recipients import find_person_id
from accounts.usernames import username_key
from chatsystem.errors import ConversationNotFound
from messaging.store import conversations as store
from messaging.types import Conversation, Timeline, conversation_id_of


def get_conversation(*, owner: User, username: str) -> Conversation:
    """Return `owner`'s side of the conversation with `username`, whatever its case.

    It outlives the other's account, which may be closed, or be unwilling to be found. Raises `ConversationNotFound`
    where there is none, whoever has or had that name.
    """
    peer_id = find_person_id(username=username)
    found = store.find(owner.pk, conversation_id_of(owner.pk, peer_id)) if peer_id else None
    return found or _get_by_name(owner, username)


def find_timeline(*, owner: User, username: str) -> Timeline:
    """Return where `owner`'s messages with `username` are, if there are any; an account is enough to tell.

    Raises `ConversationNotFound` like `get_conversation`, but only where there is no account.
    """
    peer_id = find_person_id(username=username)
    if peer_id is None:
        return _get_by_name(owner, username).timeline
    return Timeline(owner.pk, conversation_id_of(owner.pk, peer_id))


def _get_by_name(owner: User, username: str) -> Conversation:
    key = username_key(username)
    for conversation in store.read_all(owner.pk):
        if username_key(conversation.peer) == key:
            return conversation
    raise ConversationNotFound
