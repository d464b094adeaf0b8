"""The values that services and store exchange. They know time and order; they know no database and no request."""

import base64
import binascii
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import RFC_4122, UUID, uuid5

from chatsystem.errors import InvalidQuery

INBOX = UUID(int=0)  # stands for a conversation's id where a timeline holds all that its owner sent and got
CONVERSATIONS = UUID("6f1b9f0e-9e0c-5e0a-8c1d-3a1f0c9f7d55")  # namespace of direct conversations' ids (RFC 9562, 5.5)

GREGORIAN_OFFSET = 0x01B21DD213814000  # 100 ns from 1582-10-15, where version 1 UUIDs begin, to 1970-01-01
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BUCKET_SPAN = 10 * 24 * 60 * 60  # seconds: at 10,000 messages a day a partition stays at 100,000 rows


def ticks_of(message_id: UUID) -> int:
    """Return a message id's time in 100 ns since 1970."""
    # `UUID.time` does the same by five properties, which shows where fifty messages are read.
    high = message_id.int >> 64
    return ((high & 0x0FFF) << 48 | (high >> 16 & 0xFFFF) << 32 | high >> 32) - GREGORIAN_OFFSET


def stamp_of(message_id: UUID) -> int:
    """Return a message id's time in microseconds since 1970: the T that its rows are written with."""
    return ticks_of(message_id) // 10


def now() -> int:
    """Return the time in microseconds since 1970: what a write's stamp is made of."""
    return time.time_ns() // 1_000


def moment_of(stamp: int) -> datetime:
    """Return the moment of a stamp, to the millisecond that Cassandra keeps."""
    return EPOCH + timedelta(milliseconds=stamp // 1_000)


def bucket_of(message_id: UUID) -> int:
    """Return the number of the 10-day span since 1970 that a message lies in."""
    return ticks_of(message_id) // (BUCKET_SPAN * 10_000_000)


def day_of(change_id: UUID) -> int:
    """Return the number of days since 1970 of a change."""
    return ticks_of(change_id) // (24 * 60 * 60 * 10_000_000)


def last_id_at(stamp: int) -> UUID:
    """Return the greatest id of a microsecond, by Cassandra's order: a place behind all its messages."""
    ticks = stamp * 10 + 9 + GREGORIAN_OFFSET
    return UUID(fields=(ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 | 0x1000, 0xBF, 0x7F, 0x7F7F7F7F7F7F))


def timestamp_of(message_id: UUID) -> str:
    """Return when a message was sent: RFC 3339 in UTC with nine decimals, the same text everywhere."""
    seconds, ticks = divmod(ticks_of(message_id), 10_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{ticks:07d}00Z"


def order_of(message_id: UUID) -> tuple[int, int]:
    """Return what Cassandra sorts ids by: the time, then the other bytes as signed. Python's `<` is another order."""
    return ticks_of(message_id), message_id.int & 0xFFFFFFFFFFFFFFFF ^ 0x8080808080808080


def conversation_id_of(one: UUID, other: UUID) -> UUID:
    """Return the id of the direct conversation of two accounts, the same from both sides: no look-up and no race."""
    first, second = sorted((one, other))
    return uuid5(CONVERSATIONS, f"{first}:{second}")


@dataclass(frozen=True, slots=True)
class Message:
    """One message as its reader sees it. `sender` and `recipient` are usernames at the time of sending.

    After its author took it back from everybody it has `redacted_at`, and "" for its content.
    """

    id: UUID
    sender_id: UUID
    sender: str
    recipient_id: UUID
    recipient: str
    content: str
    reply_to: UUID | None = None  # the message of the same conversation that it answers
    edited_at: datetime | None = None
    redacted_at: datetime | None = None

    @property
    def timestamp(self) -> str:
        """When it was sent."""
        return timestamp_of(self.id)

    @property
    def conversation_id(self) -> UUID:
        """The conversation that both people have this message in."""
        return conversation_id_of(self.sender_id, self.recipient_id)

    @property
    def owner_ids(self) -> tuple[UUID, ...]:
        """The one or two people who have a copy, the sender first."""
        return (self.sender_id,) if self.sender_id == self.recipient_id else (self.sender_id, self.recipient_id)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A person's messages in order of time: of the whole inbox, or of one conversation."""

    owner_id: UUID
    conversation_id: UUID = INBOX


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a timeline, just at a message. Nobody else looks inside its text."""

    message_id: UUID

    def encode(self) -> str:
        """Return the text that clients hand back: 22 characters that are safe in a URL."""
        return base64.urlsafe_b64encode(self.message_id.bytes).decode().rstrip("=")

    @classmethod
    def at(cls, message_id: UUID, *, field: str) -> Self:
        """Return the place of a message. Raises `InvalidQuery` that names `field` for an id that no message has."""
        if message_id.variant != RFC_4122 or message_id.version != 1:
            raise InvalidQuery.of(field, "invalid_cursor", "This is no place in a history; take one from an answer.")
        return cls(message_id)

    @classmethod
    def decode(cls, text: str, *, field: str) -> Self:
        """Read `encode`'s text. Raises `InvalidQuery` that names `field` for anything else."""
        try:
            message_id = UUID(bytes=base64.b64decode(text + "==", altchars=b"-_", validate=True))
        except (ValueError, binascii.Error):
            message_id = INBOX
        return cls.at(message_id if cls(message_id).encode() == text else INBOX, field=field)


@dataclass(frozen=True, slots=True)
class Page:
    """Neighbouring messages of a timeline, newest first, and where reading goes on.

    A page can come short of what was asked for, or empty, without being at an end: then very many rows were removed.
    """

    messages: Sequence[Message]
    older: Cursor | None  # what to ask for `before`, or None at the oldest end
    newer: Cursor | None  # what to ask for `after`: at the newest end too, since later messages will follow it
    found_newest: bool

    @property
    def found_oldest(self) -> bool:
        """Whether the oldest message is known to be in this page, or there is none before it."""
        return self.older is None


@dataclass(frozen=True, slots=True)
class LastMessage:
    """The newest message of a conversation, as a list shows it."""

    id: UUID
    sender: str
    preview: str | None  # None where its author deleted it for everyone


@dataclass(frozen=True, slots=True)
class Unread:
    """How many messages are unread: `count` of them, or more than that."""

    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """One person's side of a conversation, as it is stored. Stamps are 0 where nothing was written."""

    owner_id: UUID
    id: UUID
    peer: str  # username
    last_id: UUID  # the newest message; it may be removed or redacted
    last: LastMessage | None  # None where the newest message was changed since, and must be looked at
    read_up_to: UUID | None
    unread_from: UUID | None  # marked by the owner, and not read since
    muted: bool
    archived: bool
    hidden_through: UUID | None
    marked_at: int  # microseconds: the stamp of `unread_from`
    flagged_at: int  # the later of the stamps of `muted` and `archived`

    @property
    def is_hidden(self) -> bool:
        """Whether its owner hid it, and nothing came since."""
        return self.hidden_through is not None and order_of(self.hidden_through) >= order_of(self.last_id)

    @property
    def marked_from(self) -> UUID | None:
        """The first message that its owner marked as unread, where it is one that had been read."""
        if self.unread_from and self.read_up_to and order_of(self.unread_from) <= order_of(self.read_up_to):
            return self.unread_from
        return None

    @property
    def may_be_unread(self) -> bool:
        """Whether there are rows after the read position; they may still be the owner's own, or removed."""
        if self.marked_from is not None:
            return order_of(self.marked_from) <= order_of(self.last_id)
        return self.read_up_to is None or order_of(self.read_up_to) < order_of(self.last_id)

    @property
    def timeline(self) -> Timeline:
        """Its owner's copies of its messages."""
        return Timeline(self.owner_id, self.id)


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation with what lists show of it."""

    conversation: Conversation
    last: LastMessage | None  # None where its owner removed all of its messages
    unread: Unread

    @property
    def is_unread(self) -> bool:
        """Whether there is something to read, as far as was looked."""
        return self.unread.count > 0 or self.unread.more
