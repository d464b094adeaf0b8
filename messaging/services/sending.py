"""Sending a message."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

import orjson

from accounts.models import User
from accounts.services import recipients
from accounts.services.recipients import Recipient
from accounts.services.switches import check_writable
from accounts.usernames import username_key
from chatsystem.errors import (
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    InvalidPayload,
    RecipientBlocked,
    RecipientNotFound,
    ReplyNotFound,
)
from chatsystem.limits import MAX_CONTENT_BYTES, MAX_CONTENT_LENGTH, MAX_SEND_KEY_LENGTH, MAX_USERNAME_LENGTH
from chatsystem.metrics import counted
from chatsystem.translatable import Translatable
from messaging import cache, ids, metrics
from messaging.store import send_keys, writing
from messaging.store.one_message import find_message
from messaging.store.send_keys import Claim
from messaging.types import Message

SEND_KEY = re.compile(rf"[!-~]{{1,{MAX_SEND_KEY_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, and whether it had been sent before: then this was a repetition."""

    message: Message
    replayed: bool


@counted(metrics.SENDS)
def send_message(*, sender: User, recipient: str, content: str, reply_to: UUID | None = None) -> Message:
    """Put `content` into the inboxes of `sender` and of the account named `recipient`; they may be the same.

    Raises `ReadOnly`, `InvalidPayload`, `RecipientNotFound`, `RecipientBlocked` and `ReplyNotFound` before anything is
    written.
    After `StorageUnavailable` the message may still appear, in all copies or in none.
    """
    check_writable()
    check_content(content)
    message = _compose(sender, recipient, content, reply_to)
    deliver(message)
    return message


@counted(metrics.SENDS)
def send_once(*, sender: User, recipient: str, content: str, reply_to: UUID | None = None, key: str) -> Sent:
    """Do what `send_message` does, once, however often it is called with the same `key` within 24 hours.

    A repetition returns the message that was sent first, and finishes it where that try was cut short. It takes no
    notice of what became of the recipient since. Raises what `send_message` does, and `InvalidIdempotencyKey` and
    `IdempotencyKeyReused` before anything is written; after `StorageUnavailable`, repeating it settles it.
    """
    check_writable()
    if not SEND_KEY.fullmatch(key):
        raise InvalidIdempotencyKey
    check_content(content)
    fingerprint = fingerprint_of(recipient, content, reply_to)
    try:
        message = _compose(sender, recipient, content, reply_to)
    except (RecipientNotFound, RecipientBlocked, ReplyNotFound):
        # What was accepted once stays accepted, though it would be refused today. A key that is new stays free.
        earlier = send_keys.find_claim(sender.pk, key)
        if earlier is None:
            raise
    else:
        earlier = send_keys.claim(key, message, fingerprint=fingerprint)
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        message = _claimed(earlier, sender, content, reply_to)
    # Whoever comes second writes the same rows again, and needn't ask whether the first is still at it or dead.
    deliver(message)
    return Sent(message, replayed=earlier is not None)


def _compose(sender: User, recipient: str, content: str, reply_to: UUID | None) -> Message:
    """Return a new message after all checks of the people and of what it answers."""
    to = get_recipient(sender=sender, username=recipient)
    message = Message(
        id=ids.new_id(),
        sender_id=sender.pk,
        sender=sender.username,
        recipient_id=to.pk,
        recipient=to.username,
        content=content,
        reply_to=reply_to,
    )
    if reply_to and not find_message(sender.pk, reply_to, conversation_id=message.conversation_id):
        raise ReplyNotFound
    return message


def fingerprint_of(recipient: str, content: str, reply_to: UUID | None) -> bytes:
    """Return what two bodies that ask for the same have in common."""
    return hashlib.sha256(orjson.dumps([username_key(recipient), content, reply_to])).digest()


def _claimed(claim: Claim, sender: User, content: str, reply_to: UUID | None) -> Message:
    """Return the message that a key was claimed for, with the content that came again."""
    return Message(claim.message_id, sender.pk, claim.sender, claim.recipient_id, claim.recipient, content, reply_to)


def deliver(message: Message) -> None:
    """Write all copies of a message whose every value is decided, and have no cached page hide it."""
    with cache.delivering(*message.owner_ids):
        writing.append(message)


def check_content(content: str) -> None:
    """Raise `InvalidPayload` unless `content` is a text that can be stored exactly as it is."""
    if not content.strip():
        raise InvalidPayload.of("content", "blank", "A message must have more in it than white space.")
    if len(content) > MAX_CONTENT_LENGTH:
        message = Translatable(
            "A message can have {limit:,} characters at most; this has {length:,}.",
            limit=MAX_CONTENT_LENGTH,
            length=len(content),
        )
        raise InvalidPayload.of("content", "too_long", message, MAX_CONTENT_LENGTH)
    size = len(content.encode())
    if size > MAX_CONTENT_BYTES:
        message = Translatable(
            "A message can have {limit:,} bytes in UTF-8 at most; this has {size:,}.",
            limit=MAX_CONTENT_BYTES,
            size=size,
        )
        raise InvalidPayload.of("content", "too_many_bytes", message, MAX_CONTENT_BYTES)
    if any(unicodedata.category(character) == "Cc" and character not in "\t\n\r" for character in content):
        message = Translatable("A message can't have control characters other than tab and line ends.")
        raise InvalidPayload.of("content", "control_character", message)


def get_recipient(*, sender: User, username: str) -> Recipient:
    """Return whoever of that name takes messages from `sender`.

    Raises `RecipientNotFound`, `RecipientBlocked`, and `InvalidPayload` for what can't be a name.
    """
    if len(username) > MAX_USERNAME_LENGTH:
        message = Translatable("A username has {limit} characters at most.", limit=MAX_USERNAME_LENGTH)
        raise InvalidPayload.of("recipient", "too_long", message, MAX_USERNAME_LENGTH)
    return recipients.get_recipient(sender=sender, username=username)
