"""Who asks: whether a session is live and its person may act, mostly answered by one request to Redis.

The answer is kept in Redis by `chatsystem.redis.generations`: what ends a session, or changes a person, calls `forget`
after its commit, and the next request asks SQL. Where Redis could not be told, an ended session lives on for 60 s at
most; while Redis is away, each request asks SQL.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import Session, User
from chatsystem.addresses import Address, kept_part
from chatsystem.rate_limits import counters
from chatsystem.rate_limits.counters import Claim
from chatsystem.rate_limits.policies import Policy
from chatsystem.redis.connection import Script, is_paused, watched
from chatsystem.redis.generations import Generations

SEEN_AGAIN = timedelta(minutes=5)  # how exactly it is kept when a session was seen last

# What is known of a recognised person without SQL; other fields are read when somebody asks for them.
WANTED = {"id", "username", "display_name", "time_zone", "language", "is_active", "is_staff", "is_superuser"}
KNOWN = tuple(field.attname for field in User._meta.concrete_fields if field.attname in WANTED)  # as `from_db` wants it
# A part of the names in Redis: replicas of two versions, of which one knows more, don't read each other's states.
FORM = blake2b(",".join(KNOWN).encode(), digest_size=4).digest()

_states = Generations("sessions:")

# The session's state and the request's count in one step; nothing is counted for a session that isn't known.
ADMIT = Script(
    counters.TAKE_FUNCTION
    + """
local state = redis.call('HGET', KEYS[1], ARGV[1])
if not state then return {false} end
return {state, take({unpack(KEYS, 2)}, {unpack(ARGV, 2)})}
"""
)


def recognise(*, person_id: UUID, session_id: UUID, address: Address | None, policy: Policy | None) -> User | None:
    """Return the person of a live session, or None; count the request against `policy` where it is theirs.

    The person has the fields in `KNOWN`; other fields cost a query each. Raises `RateLimited`.
    """
    claims = [Claim(policy, account(person_id))] if policy and settings.RATE_LIMITS_ENABLED else []
    admitted = _ask_redis(person_id, session_id, claims)
    if admitted is not None:
        state, counts = admitted
        counters.settle(claims, counts)
        return _person_of(state)
    person = _read(person_id, session_id, address)
    if person is not None:
        counters.take(*claims)
    return person


def account(person_id: UUID) -> str:
    """Return the subject that a person's requests are counted for."""
    return f"account:{person_id}"


def forget(person_ids: Iterable[UUID]) -> None:
    """Call after the commit of whatever ends sessions or changes people: the next request asks SQL."""
    _states.forget(person_ids)


def _ask_redis(person_id: UUID, session_id: UUID, claims: list[Claim]) -> Any:
    """Return the state and the counts, or None where Redis doesn't know."""
    if is_paused():
        return None
    keys = [_states.key(person_id), *(claim.key for claim in claims)]
    rates = [number for claim in claims for number in claim.rate]
    with suppress(RedisError), watched():
        answer = ADMIT.run(keys, session_id.bytes + FORM, *rates)
        return None if answer[0] is None else answer
    return None


def _read(person_id: UUID, session_id: UUID, address: Address | None) -> User | None:
    name = session_id.bytes + FORM
    generation = _states.look_up(person_id, name).generation
    session = Session.objects.live().select_related("person").filter(pk=session_id, person=person_id).first()
    if session is None or not session.person.may_act:
        return None
    _states.fill(person_id, name, _state_of(session.person), generation=generation)
    _note_seen(session, address)
    return session.person


def _state_of(person: User) -> bytes:
    return orjson.dumps({field: getattr(person, field) for field in KNOWN})


def _person_of(state: bytes) -> User:
    values = orjson.loads(state)
    values["id"] = UUID(values["id"])
    return User.from_db("default", KNOWN, [values[field] for field in KNOWN])


def _note_seen(session: Session, address: Address | None) -> None:
    now = timezone.now()
    if now - session.last_seen_at < SEEN_AGAIN:
        return
    # A busy database is no reason to refuse the request: the next one will tell.
    with suppress(OperationalError):
        seen = Session.objects.filter(pk=session.pk, ended_at=None)
        seen.update(last_seen_at=now, address_prefix=kept_part(address))
