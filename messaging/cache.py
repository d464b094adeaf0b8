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

from chatsystem import outages
from messaging import metrics

TTL = 60  # seconds: how long a page stays wrong if a writer can't reach Redis
PREFIX = "inbox:"  # of the keys that hold pages
KEYSPACE = "keyspace"  # the key that says which keyspace the pages come from
KEYSPACE_TTL = 30 * 24 * 60 * 60  # seconds; forgotten, the cache is emptied once more, which only costs misses
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
        metrics.CACHE_LOOKUPS.labels("unavailable").inc()
        return Lookup(None, None)
    try:
        generation, page = _redis().hmget(_key(owner_id), "g", name)
        if page is None and generation is None:
            generation = _redis().eval(BEGIN, 1, _key(owner_id), secrets.token_bytes(12), TTL)
    except RedisError:
        _pause()
        metrics.CACHE_LOOKUPS.labels("unavailable").inc()
        return Lookup(None, None)
    outages.ended("redis")
    metrics.CACHE_LOOKUPS.labels("miss" if page is None else "hit").inc()
    return Lookup(page, generation)


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
        outages.ended("redis")
    except RedisError:
        _pause()


def forget_everybody(keyspace: UUID, *, always: bool = False) -> bool:
    """Delete all pages if they don't come from this keyspace, or always. Return whether they did go.

    Raises `RedisError`; pages then still go by themselves within `TTL`.
    """
    redis, identity = _redis(), keyspace.bytes
    if not always and redis.get(KEYSPACE) == identity:
        return False
    cursor = None
    while cursor != 0:
        cursor, keys = redis.scan(cursor or 0, match=f"{PREFIX}*", count=1000)
        if keys:
            redis.unlink(*keys)
    # Last, so that whoever is interrupted begins again.
    redis.set(KEYSPACE, identity, ex=KEYSPACE_TTL)
    return True


def ping() -> None:
    """Ask Redis whether it is there, and read from it again. Raises `RedisError`."""
    global _failed_at  # what this process knows of Redis
    _redis().ping()
    _failed_at = float("-inf")


@dataclass(frozen=True, slots=True)
class Server:
    """What the server says of itself; memory is in bytes, and no limit is 0."""

    name: str
    version: str  # of Redis; Valkey says which one it equals
    maxmemory: int
    used_memory: int
    policy: str


def examine() -> Server:
    """Ask the server about itself. Raises `RedisError`."""
    info = _redis().info()
    return Server(
        name="Valkey, as Redis" if "valkey_version" in info else "Redis",
        version=str(info["redis_version"]),
        maxmemory=int(info.get("maxmemory", 0)),
        used_memory=int(info.get("used_memory", 0)),
        policy=str(info.get("maxmemory_policy", "")),
    )


def round_trip() -> float:
    """Write something and read it again. Return the seconds it took. Raises `RedisError`."""
    key, value = f"doctor:{secrets.token_hex(8)}", secrets.token_bytes(1024)
    began = time.perf_counter()
    _redis().set(key, value, ex=TTL)
    if _redis().get(key) != value:
        raise RedisError("it is gone at once")
    return (time.perf_counter() - began) / 2


def _redis() -> Any:
    return get_redis_connection("default")


def _key(owner_id: UUID) -> str:
    return f"{PREFIX}{owner_id}"


def _pause() -> None:
    global _failed_at  # as above
    outages.noticed("redis")
    _failed_at = time.monotonic()
