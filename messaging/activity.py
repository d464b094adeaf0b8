"""How many messages were sent lately: counts in Redis, written with what a send asks of Redis anyway.

They are approximate: they begin with Redis, which may forget any of them, a repeated send counts again, and what was
sent while Redis was away is missing. Nothing but figures for operators may depend on them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from redis.exceptions import RedisError

from chatsystem.redis.connection import Script, is_paused, redis, watched

STEP = 300  # seconds that are counted together
HOUR, DAY = 3_600 // STEP, 86_400 // STEP  # steps
KEPT = 86_400 + 2 * STEP  # seconds
SINCE = "sent:since"

# Forgets first: a Redis that is full refuses a script only where its first write takes room.
FORGET_AND_COUNT = Script("""
redis.call('UNLINK', unpack(KEYS, 3))
if redis.call('INCR', KEYS[1]) == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[1])
    redis.call('SET', KEYS[2], ARGV[2], 'NX')
    redis.call('EXPIRE', KEYS[2], ARGV[1])
end
""")


@dataclass(frozen=True, slots=True)
class Activity:
    """About how many messages were sent in the last hour and day, and since when there are counts: None, no message."""

    hour: int
    day: int
    since: datetime | None


def forget_and_count(keys: Sequence[str]) -> None:
    """Delete keys that a send makes wrong, and count the send, in one request. Raises `RedisError`."""
    now = int(time.time())
    FORGET_AND_COUNT.run([_key(now // STEP), SINCE, *keys], KEPT, now)


def read_activity() -> Activity | None:
    """Return the figures by one request, or None where Redis is away."""
    if is_paused():
        return None
    now = time.time()
    step = int(now // STEP)
    try:
        with watched():
            since, *found = redis().mget(SINCE, *(_key(step - back) for back in range(DAY + 1)))
    except RedisError:
        return None
    counts = [int(count or 0) for count in found]
    passed = now / STEP - step  # of the step under way; as much of the oldest one is too old
    return Activity(
        hour=_sum(counts[: HOUR + 1], passed),
        day=_sum(counts, passed),
        since=datetime.fromtimestamp(int(since), UTC) if since else None,
    )


def _sum(counts: Sequence[int], passed: float) -> int:
    return sum(counts[:-1]) + round(counts[-1] * (1 - passed))


def _key(step: int) -> str:
    return f"sent:{step}"
