"""Counting requests against policies, exactly: one step in Redis, whatever number of workers and servers there are.

While Redis is away each process counts by itself, on from what it last heard: a limit is then at most as many times as
large as there are processes, and never absent.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError

from chatsystem.errors import RateLimited
from chatsystem.metrics import LIMITED
from chatsystem.rate_limits import quotas
from chatsystem.rate_limits.local import LocalCounters
from chatsystem.rate_limits.policies import Policy
from chatsystem.redis.connection import Script, is_paused, redis, watched

PREFIX = "limit:"

# `take(keys, rates)`: counts one request against each key, or against none where one of them is used up. `rates` has
# quota and window (milliseconds) of each key in turn. Returns whether it was refused, then used and left (milliseconds)
# of each key. Other scripts begin with this text, to do their work in the same step.
TAKE_FUNCTION = """
local function take(keys, rates)
    local refused = 0
    for i, key in ipairs(keys) do
        if tonumber(redis.call('GET', key) or 0) >= tonumber(rates[2 * i - 1]) then refused = 1 end
    end
    local answer = {refused}
    for i, key in ipairs(keys) do
        local used = refused == 1 and tonumber(redis.call('GET', key) or 0) or redis.call('INCR', key)
        local left = redis.call('PTTL', key)
        if left == -1 then
            left = tonumber(rates[2 * i])
            redis.call('PEXPIRE', key, left)
        end
        answer[2 * i] = used
        answer[2 * i + 1] = math.max(left, 0)
    end
    return answer
end
"""
TAKE = Script(TAKE_FUNCTION + "return take(KEYS, ARGV)")
LOOK = """
local answer = {0}
for _, key in ipairs(KEYS) do
    table.insert(answer, tonumber(redis.call('GET', key) or 0))
    table.insert(answer, math.max(redis.call('PTTL', key), 0))
end
return answer
"""
LOOK_AT = Script(LOOK)
GIVE_BACK = Script(
    """
for _, key in ipairs(KEYS) do
    if tonumber(redis.call('GET', key) or 0) > 0 then redis.call('DECR', key) end
end
"""
    + LOOK
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One request, counted against `policy` for `subject`, as "account:<id>"; `detail` divides a subject's count."""

    policy: Policy
    subject: str
    detail: str = ""

    @property
    def key(self) -> str:
        """The counter's key. All of a subject's begin alike, so they can be cleared together."""
        return f"{PREFIX}{self.subject}:{self.policy.name}:{self.detail}"

    @property
    def rate(self) -> tuple[int, int]:
        """Quota, and window in milliseconds, as they are now."""
        quota, window = quotas.rate_of(self.policy)
        return quota, window * 1_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a policy: requests, and seconds until all of them are there again."""

    policy: Policy
    quota: int
    window: int
    remaining: int
    reset: int


# By the policy's name, what the request that is being answered was counted against; None outside of requests.
standings: ContextVar[dict[str, Standing] | None] = ContextVar("standings", default=None)

_local = LocalCounters()


def subject(kind: str, value: str) -> str:
    """Return the subject of a text from outside, as a name: of bounded length, without odd characters."""
    return f"{kind}:{hashlib.blake2b(value.encode(), digest_size=16).hexdigest()}"


def take(*claims: Claim) -> None:
    """Count one request against each claim, or against none and raise `RateLimited` where one is used up."""
    if not (claims and settings.RATE_LIMITS_ENABLED):
        return
    answer = _ask(TAKE, claims)
    if answer is not None:
        settle(claims, answer)
    else:
        _decide(claims, _local.take(claims))


def settle(claims: Sequence[Claim], answer: Sequence[int]) -> None:
    """Note what `take` in Redis answered, and raise `RateLimited` where it refused."""
    _local.note(claims, answer)
    _decide(claims, answer)


def _decide(claims: Sequence[Claim], answer: Sequence[int]) -> None:
    found = _tell(claims, answer)
    if answer[0]:
        used_up = max((standing for standing in found if not standing.remaining), key=lambda standing: standing.reset)
        LIMITED.labels(used_up.policy.name).inc()
        raise RateLimited.of(used_up.policy.what, max(used_up.reset, 1))


def give_back(*claims: Claim) -> None:
    """Take back what `take` counted, as for a log-in that succeeded."""
    if not settings.RATE_LIMITS_ENABLED:
        return
    answer = _ask(GIVE_BACK, claims)
    if answer is not None:
        _local.note(claims, answer)
    _tell(claims, answer or _local.give_back(claims))


def look_at(claims: Sequence[Claim]) -> list[Standing]:
    """Return what is left for each claim, and count nothing."""
    return _standings(claims, _ask(LOOK_AT, claims) or _local.look_at(claims))


def clear(subjects: Iterable[str]) -> int:
    """Forget all counts of some subjects; return how many there were. Raises `RedisError`.

    Goes through all keys, so it's for operators. What processes counted by themselves goes with its windows.
    """
    return sum(redis().unlink(key) for key in _keys_of(subjects))


def count(subjects: Iterable[str]) -> int:
    """Return how many counts of some subjects there are, as `clear` would forget. Raises `RedisError`."""
    return len(_keys_of(subjects))


def _keys_of(subjects: Iterable[str]) -> set[bytes]:
    return {key for name in subjects for key in redis().scan_iter(match=f"{PREFIX}{name}:*", count=1000)}


def _ask(script: Script, claims: Sequence[Claim]) -> Any:
    """Run a script over the claims' counters; return None where Redis is away."""
    if is_paused():
        return None
    rates = [number for claim in claims for number in claim.rate]
    with suppress(RedisError), watched():
        return script.run([claim.key for claim in claims], *rates)
    return None


def _tell(claims: Sequence[Claim], answer: Sequence[int]) -> list[Standing]:
    """Keep what is left for the headers of the answer to the request under way, and return it."""
    found = _standings(claims, answer)
    noted = standings.get()
    if noted is not None:
        noted.update((standing.policy.name, standing) for standing in found)
    return found


def _standings(claims: Sequence[Claim], answer: Sequence[int]) -> list[Standing]:
    return [_standing(claim, used, left) for claim, used, left in zip(claims, answer[1::2], answer[2::2], strict=True)]


def _standing(claim: Claim, used: int, left: int) -> Standing:
    quota, window = quotas.rate_of(claim.policy)
    return Standing(claim.policy, quota, window, max(quota - used, 0), math.ceil(left / 1_000))
