"""What operators do about people. Each tells what it changed, for the record of who did what."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import Session, User
from accounts.services.login import subject_of
from accounts.services.recognition import account
from accounts.services.sessions import end_sessions
from chatsystem.errors import InvalidPayload, LimitsUnavailable
from chatsystem.limits import MAX_REASON_LENGTH
from chatsystem.rate_limits import counters
from chatsystem.redis.connection import watched

SUSPENSION = ["suspended_at", "suspended_until", "suspension_reason"]


@dataclass(frozen=True, slots=True)
class Suspension:
    """What suspending somebody changed."""

    replaced: bool  # one that was in force
    ended_sessions: int


def suspend(*, person: User, until: datetime | None, reason: str) -> Suspension:
    """Keep `person` out from the next request on, until a time or until `unsuspend`; all of their sessions end.

    They read like a name that nobody has; who logs in with their password is told `reason` and `until`. Suspending
    again replaces both. Raises `InvalidPayload` for a time that has passed and a reason that is empty or too long.
    """
    _check_end(until)
    reason = _clean_reason(reason)
    with transaction.atomic():
        person.refresh_from_db(fields=SUSPENSION, from_queryset=User.objects.select_for_update())
        replaced = person.is_suspended
        _set_suspension(person, timezone.now(), until, reason)
        return Suspension(replaced, end_sessions(person=person, reason=Session.End.SUSPENDED))


def unsuspend(*, person: User) -> bool:
    """Let `person` in again. Return whether they were kept out."""
    with transaction.atomic():
        person.refresh_from_db(fields=SUSPENSION, from_queryset=User.objects.select_for_update())
        was_suspended = person.is_suspended
        _set_suspension(person, None, None, "")
        return was_suspended


def end_all_sessions(*, person: User) -> int:
    """Log `person` out everywhere, from the next request on. Return of how many sessions."""
    return end_sessions(person=person, reason=Session.End.OPERATOR)


def clear_limits(*, person: User) -> int:
    """Forget what was counted against `person`, and tries to log in with their name. Return how many counts that were.

    Raises `LimitsUnavailable`.
    """
    try:
        with watched():
            return counters.clear([account(person.pk), subject_of(person.username)])
    except RedisError as error:
        raise LimitsUnavailable from error


def _set_suspension(person: User, at: datetime | None, until: datetime | None, reason: str) -> None:
    person.suspended_at, person.suspended_until, person.suspension_reason = at, until, reason
    person.save(update_fields=SUSPENSION)  # which has Redis forget them after the commit


def _check_end(until: datetime | None) -> None:
    if until is not None and until <= timezone.now():
        raise InvalidPayload.of("until", "in_the_past", "A suspension must end in the future.")


def _clean_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidPayload.of("reason", "blank", "Give a reason, which the person will read.")
    if len(reason) > MAX_REASON_LENGTH:
        message = f"A reason has {MAX_REASON_LENGTH} characters at most."
        raise InvalidPayload.of("reason", "too_long", message, MAX_REASON_LENGTH)
    return reason
