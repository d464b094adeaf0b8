"""What operators do about people. Each service writes into the audit log what it changed, in the same transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import Session, User
from accounts.services.login import subject_of
from accounts.services.passwords import make_reset_link
from accounts.services.recognition import account
from accounts.services.sessions import end_sessions
from chatsystem.audit.actions import Action
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import Forbidden, InvalidPayload, LimitsUnavailable
from chatsystem.rate_limits import counters
from chatsystem.redis.connection import watched

SUSPENSION = ["suspended_at", "suspended_until", "suspension_reason"]
BLANK = "Give a reason, which the person will read."


@dataclass(frozen=True, slots=True)
class Suspension:
    """What suspending somebody changed."""

    replaced: bool  # one that was in force
    ended_sessions: int


def outranks(person: User, operator: User | AnonymousUser) -> bool:
    """Whether `person` is an operator who may do something that `operator` may not.

    Nobody acts on such a one: else whoever helps people with passwords could make themselves an owner by an owner's
    reset link.
    """
    if operator.is_superuser or not (person.is_staff or person.is_superuser):
        return False
    return person.is_superuser or not person.get_all_permissions() <= operator.get_all_permissions()


def suspend(*, person: User, until: datetime | None, reason: str, actor: Actor) -> Suspension:
    """Keep `person` out from the next request on, until a time or until `unsuspend`; all of their sessions end.

    They read like a name that nobody has; who logs in with their password is told `reason` and `until`. Suspending
    again replaces both. Raises `InvalidPayload` for a time that has passed and a reason that is empty or too long.
    """
    _check_end(until)
    reason = clean_reason(reason, blank=BLANK)
    with transaction.atomic():
        before = _lock_suspension(person)
        replaced = person.is_suspended
        _set_suspension(person, timezone.now(), until, reason)
        ended = end_sessions(person=person, reason=Session.End.SUSPENDED)
        after = {**_suspension_of(person), "ended_sessions": ended}
        _record(Action.PERSON_SUSPENDED, person, actor, before=before, after=after, reason=reason)
        return Suspension(replaced, ended)


def unsuspend(*, person: User, actor: Actor, reason: str = "") -> bool:
    """Let `person` in again. Return whether they were kept out; where they weren't, nothing is recorded."""
    reason = clean_reason(reason, required=False)
    with transaction.atomic():
        before = _lock_suspension(person)
        was_suspended = person.is_suspended
        _set_suspension(person, None, None, "")
        if was_suspended:
            after = _suspension_of(person)
            _record(Action.PERSON_UNSUSPENDED, person, actor, before=before, after=after, reason=reason)
        return was_suspended


def end_all_sessions(*, person: User, actor: Actor, reason: str = "") -> int:
    """Log `person` out everywhere, from the next request on. Return of how many sessions."""
    reason = clean_reason(reason, required=False)
    with transaction.atomic():
        ended = end_sessions(person=person, reason=Session.End.OPERATOR)
        _record(Action.SESSIONS_ENDED, person, actor, after={"ended_sessions": ended}, reason=reason)
        return ended


def count_limits(*, person: User) -> int:
    """Return how many counts `clear_limits` would forget. Raises `LimitsUnavailable`."""
    try:
        with watched():
            return counters.count(_subjects_of(person))
    except RedisError as error:
        raise LimitsUnavailable from error


def clear_limits(*, person: User, actor: Actor, reason: str = "") -> int:
    """Forget what was counted against `person`, and tries to log in with their name. Return how many counts that were.

    Raises `LimitsUnavailable`.
    """
    reason = clean_reason(reason, required=False)
    with transaction.atomic():
        try:
            with watched():
                cleared = counters.clear(_subjects_of(person))
        except RedisError as error:
            raise LimitsUnavailable from error
        _record(Action.LIMITS_CLEARED, person, actor, after={"counts": cleared}, reason=reason)
        return cleared


def give_reset_link(*, person: User, actor: Actor, reason: str = "") -> str:
    """Return a link by which whoever has it sets a new password for `person`, once, within an hour.

    It's worth nothing while they may not act. The audit log tells that there is one, and not which. Raises `Forbidden`
    to whoever wants one for themselves: they change their password by the old one, which whoever found their browser
    open doesn't know.
    """
    reason = clean_reason(reason, required=False)
    if (actor.kind, actor.id) == ("person", str(person.pk)):
        raise Forbidden("Your own password is changed by the old one, and not by a link.")
    with transaction.atomic():
        link = make_reset_link(person=person)
        _record(Action.RESET_LINK_MADE, person, actor, reason=reason)
        return link


def _subjects_of(person: User) -> list[str]:
    return [account(person.pk), subject_of(person.username)]


def _lock_suspension(person: User) -> dict[str, Any]:
    """Return what is stored of a person's suspension, which `person` then has too; nobody else changes it meanwhile."""
    person.refresh_from_db(fields=SUSPENSION, from_queryset=User.objects.select_for_update(no_key=True))
    return _suspension_of(person)


def _suspension_of(person: User) -> dict[str, Any]:
    return {name: getattr(person, name) for name in SUSPENSION}


def _set_suspension(person: User, at: datetime | None, until: datetime | None, reason: str) -> None:
    person.suspended_at, person.suspended_until, person.suspension_reason = at, until, reason
    person.save(update_fields=SUSPENSION)  # which has Redis forget them after the commit


def _check_end(until: datetime | None) -> None:
    if until is not None and until <= timezone.now():
        raise InvalidPayload.of("until", "in_the_past", "A suspension must end in the future.")


def _record(action: Action, person: User, actor: Actor, **told: Any) -> None:
    record(action=action, actor=actor, target=Target.of(person), **told)
