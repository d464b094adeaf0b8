"""Where conversations and messages are, so that a page opens where its reader goes on."""

from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import User
from messaging.services.reading import position_of
from messaging.types import Conversation, Cursor, Message

# On the page of a conversation: the line above what is new, or else the end.
NEW = "new"


def address_of_conversation(conversation: Conversation) -> str:
    """Return where somebody goes on reading: the address says up to where they had read, so the line stays there."""
    return address_with(conversation.peer, unread=position_of(conversation).encode())


def address_with(username: str, fragment: str = NEW, **asked: str) -> str:
    """Return the address of a conversation."""
    query = f"?{urlencode(asked)}" if asked else ""
    return f"{reverse('messaging:conversation', args=[username])}{query}#{fragment}"


def address_of_place(message: Message, person: User) -> str:
    """Return where a message stands among the others."""
    return address_with(peer_of(message, person), f"m-{message.id}", around=Cursor(message.id).encode())


def peer_of(message: Message, person: User) -> str:
    """Return with whom `person` has a message."""
    return message.recipient if message.sender_id == person.pk else message.sender
