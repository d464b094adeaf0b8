"""How entries hang together: each one's hash is over all of its values and the hash of the one before."""

import hashlib
import json
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

START = "0" * 64  # stands where the first entry has no other before it

# What is hashed: everything but the hash itself. A column that is added later may only join a later form of hashing.
HASHED = (
    "number",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "target_kind",
    "target_id",
    "target_name",
    "before",
    "after",
    "reason",
    "request_id",
    "address",
    "previous",
)


class Hashed(Protocol):
    """Whatever has the values of an entry, by their names."""

    number: int
    hash: str


def hash_of(entry: Hashed) -> str:
    """Return the hash that belongs to an entry's values, in hexadecimal."""
    values = {name: plain(getattr(entry, name)) for name in HASHED}
    return hashlib.sha256(canonical(values).encode("ascii")).hexdigest()


def canonical(value: Any) -> str:
    """Return the one way to write a value as JSON: names in order, no blanks, nothing but ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def plain(value: Any) -> Any:
    """Return a value as every database gives it back from JSON. Raises `TypeError` for what has no such form.

    There are no fractions: databases write them in ways of their own.
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return in_utc(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return {_name(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    raise TypeError(f"an audit entry can't hold a {type(value).__name__}")


def in_utc(at: datetime) -> str:
    """Return a time as text, to the microsecond."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError("names in an audit entry are text")
    return str(name)
