"""Messages at chosen times, without waiting for them."""

import random
import time
from datetime import datetime
from uuid import UUID

import pytest

from accounts.models import User
from messaging.store import totals, writing
from messaging.types import GREGORIAN_OFFSET, Message

SECOND = 10_000_000  # ticks
DAY = 24 * 60 * 60 * SECOND


def now() -> int:
    """The time in 100 ns since 1970."""
    return time.time_ns() // 100


def ticks_at(moment: datetime) -> int:
    return int(moment.timestamp()) * SECOND


def id_at(ticks: int, low: int | None = None) -> UUID:
    """A version 1 UUID of a time; `low` are its other 8 bytes, at random by default."""
    ticks += GREGORIAN_OFFSET
    low = random.getrandbits(64) if low is None else low
    low = low & ~(0b11 << 62) | 0b10 << 62
    high = (ticks & 0xFFFFFFFF) << 32 | (ticks >> 32 & 0xFFFF) << 16 | 0x1000 | ticks >> 48
    return UUID(int=high << 64 | low)


def message(sender: User, recipient: User, content: str = "hello", *, ticks: int | None = None) -> Message:
    """A message that is not stored."""
    message_id = id_at(now() if ticks is None else ticks)
    return Message(message_id, sender.pk, sender.username, recipient.pk, recipient.username, content)


def store_in_time(sent: Message) -> None:
    """Store a message as if its id were new: a late send deletes check-points."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totals, "is_late", lambda _: False)
        writing.append(sent)


def order(message_id: UUID) -> tuple[int, list[int]]:
    """What Cassandra sorts a message id by: its time, then its other bytes as signed numbers."""
    return message_id.time, [byte - 256 if byte > 127 else byte for byte in message_id.bytes[8:]]
