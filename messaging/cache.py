"""Cached first pages of histories and of lists of conversations, and totals: wrong for nobody.

By the protocol of `chatsystem.redis.generations`. Where Redis could not be told of a change, they are wrong for `TTL`
at most.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from redis.exceptions import RedisError

from chatsystem.redis.connection import redis, watched
from chatsystem.redis.generations import TTL, Generations
from messaging import activity, metrics

__all__ = ["TTL", "delivering", "fill", "forget", "forget_everybody", "forgetting", "look_up", "remember"]

PREFIX = "inbox:"  # of the keys that hold pages
KEYSPACE = "keyspace"  # the key that says which keyspace the pages come from
KEYSPACE_TTL = 30 * 24 * 60 * 60  # seconds; forgotten, the cache is emptied once more, which only costs misses

_pages = Generations(PREFIX, tell=lambda result: metrics.CACHE_LOOKUPS.labels(result).inc())
look_up, fill, forget = _pages.look_up, _pages.fill, _pages.forget


def remember(owner_id: UUID, name: str, make: Callable[[], bytes]) -> bytes:
    """Return the owner's value of that name; where there is none, `make` it from what is read now, and keep it."""
    known = look_up(owner_id, name)
    if known.value is not None:
        return known.value
    made = make()
    fill(owner_id, name, made, generation=known.generation)
    return made


@contextmanager
def forgetting(*owner_ids: UUID) -> Iterator[None]:
    """Forget the owners' values after the block, which writes; also where it fails, since the write may be done."""
    try:
        yield
    finally:
        forget(owner_ids)


@contextmanager
def delivering(*owner_ids: UUID) -> Iterator[None]:
    """Do the same around a send, and count it: in one request, so that counting costs nothing."""
    try:
        yield
    except BaseException:
        forget(owner_ids)
        raise
    with suppress(RedisError), watched():
        activity.forget_and_count([_pages.key(owner_id) for owner_id in owner_ids])


def forget_everybody(keyspace: UUID, *, always: bool = False) -> bool:
    """Delete all pages if they don't come from this keyspace, or always. Return whether they did go.

    Raises `RedisError`; pages then still go by themselves within `TTL`.
    """
    identity = keyspace.bytes
    if not always and redis().get(KEYSPACE) == identity:
        return False
    _pages.forget_everybody()
    # Last, so that whoever is interrupted begins again.
    redis().set(KEYSPACE, identity, ex=KEYSPACE_TTL)
    return True
