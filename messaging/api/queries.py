"""Reading parameters of URLs: plain functions, since a serializer would take as long as a cached page does."""

import re
from datetime import date
from uuid import RFC_4122, UUID
from zoneinfo import ZoneInfo

from django.http import QueryDict

from chatsystem.api.fields import WHOLE_NUMBER, lenient_number
from chatsystem.errors import InvalidQuery
from chatsystem.time_zones import time_zones
from messaging.services.history import Day, Place
from messaging.types import Cursor

PLACES = frozenset({"before", "after", "around", "date"})
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MESSAGE_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def read_limit(asked: QueryDict, *, default: int) -> int:
    """Return `limit`; whether it is in range is the service's to say. Raises `InvalidQuery` for what is no number."""
    text = asked.get("limit")
    if text is None:
        return default
    if not WHOLE_NUMBER.fullmatch(text):
        raise InvalidQuery.of("limit", "invalid", "A limit is a whole number.")
    return lenient_number(text, default=0)


def read_cursor(asked: QueryDict, name: str) -> Cursor | None:
    """Return a place that an answer gave. Raises `InvalidQuery`."""
    text = asked.get(name)
    return None if text is None else Cursor.decode(text, field=name)


def read_flag(asked: QueryDict, name: str) -> bool | None:
    """Return `true` or `false`, or None where it isn't asked for. Raises `InvalidQuery`."""
    text = asked.get(name)
    if text not in (None, "true", "false"):
        raise InvalidQuery.of(name, "invalid", "This is either true or false.")
    return None if text is None else text == "true"


def read_place(asked: QueryDict) -> Place:
    """Return the place of a history that is asked for. Raises `InvalidQuery`."""
    return Place(
        before=read_cursor(asked, "before"),
        after=read_cursor(asked, "after"),
        around=_read_around(asked),
        date=_read_day(asked),
    )


def _read_around(asked: QueryDict) -> Cursor | None:
    """Return the place of a message, named by its id, or any other place."""
    text = asked.get("around")
    if text is not None and MESSAGE_ID.fullmatch(text):
        message_id = UUID(text)
        if message_id.version == 1 and message_id.variant == RFC_4122:
            return Cursor(message_id)
    return read_cursor(asked, "around")


def _read_day(asked: QueryDict) -> Day | None:
    text = asked.get("date")
    if text is None:
        return None
    zone = read_zone(asked)
    try:
        if not DATE.fullmatch(text):
            raise ValueError
        return Day(date.fromisoformat(text), zone)
    except ValueError as error:
        raise InvalidQuery.of("date", "invalid_date", "A date is written as 2026-11-24.") from error


def read_zone(asked: QueryDict) -> ZoneInfo:
    """Return the time zone `tz` of dates, UTC by default. Raises `InvalidQuery`."""
    name = asked.get("tz", "UTC")
    if name not in time_zones():
        raise InvalidQuery.of("tz", "invalid_time_zone", "A time zone has a name as Europe/Berlin.")
    return ZoneInfo(name)
