"""The process's way to Redis, and what it knows of it.

A Redis that hangs must cost one time-out and not one a request: after a failure, whoever only wants to know something
doesn't ask for `PAUSE` seconds (`is_paused`). Whoever must tell Redis that something changed tries always.
"""

import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django_redis import get_redis_connection
from redis.exceptions import NoScriptError, RedisError

from chatsystem import outages

PAUSE = 1.0  # seconds without questions after a failure
TRIAL_TTL = 60  # seconds that what `round_trip` writes stays

_failed_at = float("-inf")


def redis() -> Any:
    """Return the client; each request may raise `RedisError`, within a tenth of a second."""
    return get_redis_connection("default")


def is_paused() -> bool:
    """Whether Redis was away a moment ago."""
    return time.monotonic() - _failed_at < PAUSE


@contextmanager
def watched() -> Iterator[None]:
    """Note whether the requests in the block work; `RedisError` goes on to the caller."""
    global _failed_at  # what this process knows of Redis
    try:
        yield
    except RedisError:
        outages.noticed("redis")
        _failed_at = time.monotonic()
        raise
    outages.ended("redis")


class Script:
    """A script that Redis runs as one step, sent by its hash where Redis knows it already."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._sha1 = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # Redis' own name for it

    def run(self, keys: Sequence[str], *arguments: object) -> Any:
        """Return what the script returns. Raises `RedisError`."""
        client = redis()
        try:
            return client.execute_command("EVALSHA", self._sha1, len(keys), *keys, *arguments)
        except NoScriptError:
            return client.execute_command("EVAL", self.text, len(keys), *keys, *arguments)


def ping() -> None:
    """Ask Redis whether it is there, and end the pause. Raises `RedisError`."""
    global _failed_at  # as above
    redis().ping()
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
    info = redis().info()
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
    redis().set(key, value, ex=TRIAL_TTL)
    if redis().get(key) != value:
        raise RedisError("it is gone at once")
    return (time.perf_counter() - began) / 2
