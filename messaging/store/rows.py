"""Rows of timelines as values: a row is read in the order of `Message`'s fields."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from messaging import models
from messaging.types import Message

MESSAGE_FIELDS = tuple(field.name for field in fields(Message))
SENDER, EDITED_AT, REDACTED_AT = map(MESSAGE_FIELDS.index, ("sender", "edited_at", "redacted_at"))


def columns_of(names: tuple[str, ...]) -> str:
    """Return the columns that hold these fields of a message; the models say what they are called."""
    return ", ".join(models.Timeline._columns["message_id" if name == "id" else name].db_field_name for name in names)


READ = columns_of(MESSAGE_FIELDS)


def as_message(row: tuple[Any, ...]) -> Message:
    """Return the message in a row of `READ` that has a sender; one without was removed, or never arrived."""
    if row[EDITED_AT] is None and row[REDACTED_AT] is None:
        return Message(*row)
    return Message(*row[:EDITED_AT], *map(_in_utc, row[EDITED_AT:]))


def _in_utc(moment: datetime | None) -> datetime | None:
    """The driver answers in UTC and doesn't say so."""
    return moment.replace(tzinfo=UTC) if moment else None
