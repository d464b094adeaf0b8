"""Values by their owner, wrong for nobody; where Redis could not be told of a change, for `TTL` at most.

One hash per owner: `g`, the generation, and the values by their names. The key lives `TTL` seconds from its making and
is never prolonged.

- A reader asks for `g` and the value at once. A value that is there is right. Otherwise it makes a random `g` where
  there is none, *then* reads the database, then stores the value if `g` is still the same.
- A writer deletes the key after its write, always. A slow reader's `g` is then gone or another one, and its value
  isn't stored.

Eviction, expiry and a restart delete keys too, so they only cause misses. An unreachable Redis is a miss.
"""

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from redis.exceptions import RedisError

from chatsystem.redis.connection import Script, is_paused, redis, watched

TTL = 60  # seconds: how long a value stays wrong if a writer can't reach Redis

BEGIN = Script("""
local generation = redis.call('HGET', KEYS[1], 'g')
if not generation then
    generation = ARGV[1]
    redis.call('HSET', KEYS[1], 'g', generation)
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return generation
""")
FILL = Script("""
if redis.call('HGET', KEYS[1], 'g') == ARGV[1] then
    return redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
end
return 0
""")


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found: a value, or else the generation under which one may be stored (None: Redis is away)."""

    value: bytes | None
    generation: bytes | None


class Generations:
    """The values of one kind: their keys begin with `prefix`. `tell` hears of each look-up: hit, miss, unavailable."""

    def __init__(self, prefix: str, *, tell: Callable[[str], None] = lambda result: None) -> None:
        self.prefix = prefix
        self._tell = tell

    def key(self, owner: object) -> str:
        """Return the key of an owner's hash."""
        return f"{self.prefix}{owner}"

    def look_up(self, owner: object, name: str | bytes) -> Lookup:
        """Ask for one value. After a miss, read the database only now, and hand `generation` to `fill`."""
        if is_paused():
            self._tell("unavailable")
            return Lookup(None, None)
        try:
            with watched():
                generation, value = redis().hmget(self.key(owner), "g", name)
                if value is None and generation is None:
                    generation = BEGIN.run([self.key(owner)], secrets.token_bytes(12), TTL)
        except RedisError:
            self._tell("unavailable")
            return Lookup(None, None)
        self._tell("miss" if value is None else "hit")
        return Lookup(value, generation)

    def fill(self, owner: object, name: str | bytes, value: bytes, *, generation: bytes | None) -> None:
        """Store a value that was read from the database after `look_up`, unless something changed since."""
        if generation is None:
            return
        with suppress(RedisError), watched():
            FILL.run([self.key(owner)], generation, name, value)

    def forget(self, owners: Iterable[object]) -> None:
        """Call after the write, always: a slow reader's fill then finds another generation and stores nothing."""
        with suppress(RedisError), watched():
            redis().unlink(*(self.key(owner) for owner in owners))

    def forget_everybody(self) -> None:
        """Delete all values. Raises `RedisError`; they then still go by themselves within `TTL`."""
        cursor = None
        while cursor != 0:
            cursor, keys = redis().scan(cursor or 0, match=f"{self.prefix}*", count=1000)
            if keys:
                redis().unlink(*keys)
