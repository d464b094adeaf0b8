"""What operators do by hand to accounts: make one, rename it, close it and open it again.

A password that they set is in `passwords.replace_password`.
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Session, User
from accounts.services.passwords import check_password
from accounts.services.sessions import end_sessions
from accounts.usernames import clean_new_username, clean_username
from chatsystem.audit.actions import Action
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import UsernameTaken

CHANGED_BY_HAND = ("username", "is_active")


@dataclass(frozen=True, slots=True)
class Change:
    """What changing somebody's account did."""

    before: dict[str, Any]  # by the names in `CHANGED_BY_HAND`
    after: dict[str, Any]
    ended_sessions: int


def add_person(
    *, username: str, password: str | None, actor: Actor, reason: str = "", is_superuser: bool = False
) -> User:
    """Make an account, also where registration is closed; without a password nobody can log in by it.

    A superuser is an operator who may do everything. Raises `InvalidPayload` for a name, a password or a reason that
    can't be, and `UsernameTaken`.
    """
    reason = clean_reason(reason, required=False)
    username = clean_new_username(username)
    if password is not None:
        check_password(password)
    try:
        with transaction.atomic():
            make = User.objects.create_superuser if is_superuser else User.objects.create_user
            person = make(username, password)
            after: dict[str, Any] = {"username": person.username}
            if is_superuser:
                after["is_superuser"] = True
            record(action=Action.PERSON_ADDED, actor=actor, target=Target.of(person), after=after, reason=reason)
    except IntegrityError as error:
        raise UsernameTaken from error
    return person


def change_person(
    *, person: User, actor: Actor, username: str | None = None, is_active: bool | None = None, reason: str = ""
) -> Change:
    """Rename an account, close it or open it; None leaves either as it is. Where nothing changes, nothing is recorded.

    Whoever is closed out is logged out everywhere, so that no session from before is worth anything once they are let
    in again. Raises `InvalidPayload` for a name or a reason that can't be, and `UsernameTaken`.
    """
    reason = clean_reason(reason, required=False)
    if username is not None:
        username = clean_username(username)
    try:
        with transaction.atomic():
            person.refresh_from_db(fields=CHANGED_BY_HAND, from_queryset=User.objects.select_for_update(no_key=True))
            before = _values_of(person)
            person.username = before["username"] if username is None else username
            person.is_active = before["is_active"] if is_active is None else is_active
            after = _values_of(person)
            if after == before:
                return Change(before, after, 0)
            is_closed = before["is_active"] and not person.is_active
            ended = end_sessions(person=person, reason=Session.End.OPERATOR) if is_closed else 0
            told = {**after, "ended_sessions": ended} if is_closed else after
            target = Target.of(person)
            record(action=Action.PERSON_CHANGED, actor=actor, target=target, before=before, after=told, reason=reason)
            # After the entry, as the name is a key (see `record`); all other fields may be somebody's who is faster.
            person.save(update_fields=[*CHANGED_BY_HAND, "username_key"])
            return Change(before, after, ended)
    except IntegrityError as error:
        raise UsernameTaken from error


def _values_of(person: User) -> dict[str, Any]:
    return {name: getattr(person, name) for name in CHANGED_BY_HAND}
