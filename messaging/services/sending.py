"""Sending a message."""

import unicodedata

from accounts.models import User
from accounts.services import recipients
from accounts.services.recipients import Recipient
from chatsystem.errors import InvalidPayload
from chatsystem.limits import MAX_CONTENT_BYTES, MAX_CONTENT_LENGTH, MAX_USERNAME_LENGTH
from chatsystem.metrics import counted
from messaging import cache, ids, metrics
from messaging.store import timeline
from messaging.types import Message


@counted(metrics.SENDS)
def send_message(*, sender: User, recipient: str, content: str) -> Message:
    """Put `content` into the inboxes of `sender` and of the account named `recipient`; they may be the same.

    Raises `InvalidPayload`, `RecipientNotFound` and `RecipientBlocked` before anything is written. After
    `StorageUnavailable` the message may still appear, in all copies or in none.
    """
    check_content(content)
    to = get_recipient(sender=sender, username=recipient)
    message = Message(
        id=ids.new_id(),
        sender_id=sender.pk,
        sender=sender.username,
        recipient_id=to.pk,
        recipient=to.username,
        content=content,
    )
    deliver(message)
    return message


def deliver(message: Message) -> None:
    """Write all copies of a message whose every value is decided, and have no cached page hide it."""
    try:
        timeline.append(message)
    finally:
        # Also after a failure: the write may have happened all the same.
        cache.forget(message.owner_ids)


def check_content(content: str) -> None:
    """Raise `InvalidPayload` unless `content` is a text that can be stored exactly as it is."""
    if not content.strip():
        raise InvalidPayload.of("content", "blank", "A message must have more in it than white space.")
    if len(content) > MAX_CONTENT_LENGTH:
        message = f"A message can have {MAX_CONTENT_LENGTH:,} characters at most; this has {len(content):,}."
        raise InvalidPayload.of("content", "too_long", message, MAX_CONTENT_LENGTH)
    size = len(content.encode())
    if size > MAX_CONTENT_BYTES:
        message = f"A message can have {MAX_CONTENT_BYTES:,} bytes in UTF-8 at most; this has {size:,}."
        raise InvalidPayload.of("content", "too_many_bytes", message, MAX_CONTENT_BYTES)
    if any(unicodedata.category(character) == "Cc" and character not in "\t\n\r" for character in content):
        message = "A message can't have control characters other than tab and line ends."
        raise InvalidPayload.of("content", "control_character", message)


def get_recipient(*, sender: User, username: str) -> Recipient:
    """Return whoever of that name takes messages from `sender`.

    Raises `RecipientNotFound`, `RecipientBlocked`, and `InvalidPayload` for what can't be a name.
    """
    if len(username) > MAX_USERNAME_LENGTH:
        message = f"A username has {MAX_USERNAME_LENGTH} characters at most."
        raise InvalidPayload.of("recipient", "too_long", message, MAX_USERNAME_LENGTH)
    return recipients.get_recipient(sender=sender, username=username)
