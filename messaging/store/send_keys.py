"""Keys by which a sender repeats a send: who claims one first decides which message it stands for.

The one table that is written under a condition: no stamp could decide between two tries that make a message each.
"""

from dataclasses import dataclass, fields
from uuid import UUID

from messaging.store.session import Statement
from messaging.types import Message


@dataclass(frozen=True, slots=True)
class Claim:
    """What a key stands for: all that is needed to write the message again, given the body that it came with.

    Contents aren't kept here, where a redaction would not find them: whoever repeats a send has its content.
    """

    message_id: UUID
    sender: str
    recipient_id: UUID
    recipient: str
    fingerprint: bytes  # of the body: another one may not come with the same key


CLAIMED = tuple(field.name for field in fields(Claim))
CLAIM = Statement(
    "claim_send_key",
    f"INSERT INTO send_keys (sender_id, key, {', '.join(CLAIMED)})"  # noqa: S608  (columns, no input)
    " VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS",
)
FIND = Statement(
    "find_send_key",
    f"SELECT {', '.join(CLAIMED)} FROM send_keys WHERE sender_id = ? AND key = ? LIMIT 1",  # noqa: S608  (as above)
)


def claim(key: str, message: Message, *, fingerprint: bytes) -> Claim | None:
    """Have a sender's key stand for `message`; where it stands for another one already, return that and change nothing.

    After `StorageUnavailable` it may have been claimed or not; asking again settles it.
    """
    ours = Claim(message.id, message.sender, message.recipient_id, message.recipient, fingerprint)
    values = [getattr(ours, name) for name in CLAIMED]
    (row,) = CLAIM.start(message.sender_id, key, *values).named_rows()
    if row["[applied]"]:
        return None
    theirs = Claim(*(row[name] for name in CLAIMED))
    # The driver repeats a request whose answer was lost, and then meets what it wrote itself.
    return None if theirs.message_id == message.id else theirs


def find_claim(sender_id: UUID, key: str) -> Claim | None:
    """Return what a sender's key stands for, or None."""
    rows = FIND.run(sender_id, key)
    return Claim(*rows[0]) if rows else None
