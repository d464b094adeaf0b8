"""What can be wrong with what is stored, by names that programs may rely on."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Kind = Literal[
    "missing_copy",  # a message isn't in one of its places, though nobody removed it: a send or a change ended half-way
    "differing_copy",  # a message isn't the same in all of its places
    "unfinished_removal",  # its owner removed a copy in one of its places only
    "lost_content",  # no copy has the message's text any more
    "missing_bucket",  # a timeline doesn't list a bucket that holds something, so nobody finds it
    "stale_conversation",  # a conversation's row is behind its messages, or shows what isn't there any more
    "wrong_total",  # a check-point of a total is wrong
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where it is, and whether it was mended."""

    kind: Kind
    owner_id: UUID
    conversation_id: UUID | None  # None: the whole inbox
    message_id: UUID | None
    is_mended: bool
