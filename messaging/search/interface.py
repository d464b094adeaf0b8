"""What is asked for and what was found, whoever searches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from messaging.types import Cursor, Message, Timeline


@dataclass(frozen=True, slots=True)
class Query:
    """Messages of one timeline that have every one of `terms`, each in the form that `text.fold` gives."""

    timeline: Timeline
    terms: Sequence[str]
    is_own: bool | None = None  # whether the timeline's owner sent them; None doesn't mind
    since: UUID | None = None  # a place: only later ones
    until: UUID | None = None  # a place: only those up to it


@dataclass(frozen=True, slots=True)
class Found:
    """Messages that were found, newest first, and how far back was looked."""

    messages: Sequence[Message]
    older: Cursor | None  # what to ask for `before` to look further back, or None where all was looked at
    reached: UUID | None  # the oldest message that was looked at


class Finder(Protocol):
    """Finds messages."""

    def __call__(self, query: Query, *, before: Cursor | None, limit: int) -> Found:
        """Return up to `limit` messages before a place, or the newest ones; their text as it is now, or not at all.

        One call does a bounded amount of work and may find less than there is, even nothing, with a place to go on.
        Raises `StorageUnavailable`.
        """
