"""Cached first pages of inboxes, wrong for nobody; where Redis could not be told of a change, for `TTL` at most.

One hash per owner: `g`, the generation, and the pages. The key lives `TTL` seconds from its making and is never
prolonged.

- A reader asks for `g` and the page at once. A page that is there is right. Otherwise it makes a random `g` where
  there is none, *then* reads Cassandra, then stores the page if `g` is still the same.
- A writer deletes the key after its write, always. A slow reader's `g` is then gone or another one, and its page
  isn't stored.

Eviction, expiry and a restart delete keys too, so they only cause misses. An unreachable Redis is a miss, and for
`PAUSE` seconds readers don't ask it again; writers always do.
"""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django_redis import get_redis_connection
from redis.exceptions import RedisError

TTL = 60  # seconds: how long a page stays wrong if a writer can't reach Redis
PAUSE = 1.0  # seconds without reads after a failure, so that a hanging Redis costs one time-out and not one a request

BEGIN = """
local generation = redis.call('HGET', KEYS[1], 'g')
if not generation then
    generation = ARGV[1]
    redis.call('HSET', KEYS[1], 'g', generation)
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return generation
"""
FILL = """
if redis.call('HGET', KEYS[1], 'g') == ARGV[1] then
    return redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
end
return 0
"""

_failed_at = float("-inf")


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found: a page, or else the generation under which one may be stored (None: Redis is away)."""

    page: bytes | None
    generation: bytes | None


def look_up(owner_id: UUID, name: str) -> Lookup:
    """Ask for one page of an owner. After a miss, read Cassandra only now, and hand `generation` to `fill`."""
    if time.monotonic() - _failed_at < PAUSE:
        return Lookup(None, None)
    try:
        generation, page = _redis().hmget(_key(owner_id), "g", name)
        if page is None and generation is None:
            generation = _redis().eval(BEGIN, 1, _key(owner_id), secrets.token_bytes(12), TTL)
        return Lookup(page, generation)
    except RedisError:
        _pause()
        return Lookup(None, None)


def fill(owner_id: UUID, name: str, page: bytes, *, generation: bytes | None) -> None:
    """Store a page that was read from Cassandra after `look_up`, unless something changed since."""
    if generation is None:
        return
    try:
        _redis().eval(FILL, 1, _key(owner_id), generation, name, page)
    except RedisError:
        _pause()


def forget(owner_ids: Iterable[UUID]) -> None:
    """Call after the write, always: a slow reader's fill then finds another generation and stores nothing."""
    try:
        _redis().unlink(*(_key(owner_id) for owner_id in owner_ids))
    except RedisError:
        _pause()


def ping() -> None:
    """Ask Redis whether it is there, and read from it again. Raises `RedisError`."""
    global _failed_at  # what this process knows of Redis
    _redis().ping()
    _failed_at = float("-inf")


def _redis() -> Any:
    return get_redis_connection("default")


def _key(owner_id: UUID) -> str:
    return f"inbox:{owner_id}"


def _pause() -> None:
    global _failed_at  # as above
    _failed_at = time.monotonic()
