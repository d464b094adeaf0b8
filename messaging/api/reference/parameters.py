"""Parameters that several endpoints of messages take, and what may be wrong with them."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from accounts.api.reference.blocks import USERNAME
from chatsystem.limits import MAX_PAGE_SIZE

CURSOR = "^[A-Za-z0-9_-]{22}$"
PLACE = {"type": "string", "pattern": CURSOR}
NUMBER = {"type": "integer", "minimum": 1}
PEER = USERNAME
LIMIT_FAULTS = ("invalid", "out_of_range")


def parameter(name: str, schema: dict[str, Any], description: str) -> OpenApiParameter:
    """Return a parameter in the query."""
    return OpenApiParameter(name, schema, description=description)


def limit(default: int, what: str) -> OpenApiParameter:
    """Return the parameter `limit`."""
    schema = {**NUMBER, "maximum": MAX_PAGE_SIZE, "default": default}
    return parameter("limit", schema, f"How many {what}; more are refused.")


BEFORE = parameter("before", PLACE, "Only older ones: what `older` of an answer says.")
TIME_ZONE = parameter("tz", {"type": "string", "default": "UTC"}, "The time zone of dates, as `Europe/Zurich`.")
PLACES = [
    parameter("before", PLACE, "Messages older than this place, those next to it. Not with another place."),
    parameter("after", PLACE, "Messages newer than this place, those next to it."),
    parameter(
        "around",
        {"anyOf": [{"type": "string", "format": "uuid"}, PLACE]},
        "A message's `id`, or a place: that message and those on both sides of it.",
    ),
    parameter("date", {"type": "string", "format": "date"}, "Messages from that day's beginning on, the oldest ones."),
    TIME_ZONE,
]
