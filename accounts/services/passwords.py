"""Passwords: their rules, changing them, and setting new ones that were forgotten."""

from contextlib import suppress
from functools import partial
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from redis.exceptions import RedisError

from accounts.emails import clean_email, email_key
from accounts.models import Link, Session, User
from accounts.services import login
from accounts.services.changes import person_changed
from accounts.services.emails import subject_of
from accounts.services.links import end_links, get_link, make_link, use_link
from accounts.services.mails import run_later, send, send_later
from accounts.services.sessions import end_sessions
from chatsystem.addresses import Address, counted_part
from chatsystem.audit.actions import Action
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import FieldError, InvalidPayload, WrongPassword
from chatsystem.limits import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.counters import Claim
from chatsystem.redis.connection import watched
from chatsystem.translatable import Translatable

LIMITS = {"password_too_short": MIN_PASSWORD_LENGTH, "password_too_long": MAX_PASSWORD_LENGTH}


def password_rules() -> list[str]:
    """Return the rules for new passwords, a sentence each."""
    return password_validators_help_texts()


def check_password(password: str, *, field: str = "password") -> None:
    """Raise `InvalidPayload` with all that is wrong with a new password, which `field` holds."""
    try:
        validate_password(password)
    except ValidationError as refusal:
        errors = [
            FieldError(field, error.code or "invalid", " ".join(error.messages), LIMITS.get(error.code or ""))
            for error in refusal.error_list
        ]
        raise InvalidPayload(" ".join(error.message for error in errors), errors=errors) from refusal


def check_current_password(*, person: User, password: str, address: Address | None = None) -> None:
    """Raise `WrongPassword` unless it's the one that `person` has now, `InvalidPayload` if too long, and `RateLimited`.

    Wrong tries count as log-ins that failed, so a stolen session is no way to guess.
    """
    if len(password) > MAX_PASSWORD_LENGTH:
        message = Translatable("A password has {limit} characters at most.", limit=MAX_PASSWORD_LENGTH)
        raise InvalidPayload.of("current_password", "too_long", message, MAX_PASSWORD_LENGTH)
    tries = login.claims(person.username, address)
    counters.take(*tries)
    if not person.check_password(password):
        raise WrongPassword
    counters.give_back(*tries)


def change_password(
    *, person: User, current_password: str, new_password: str, session_id: UUID, address: Address | None = None
) -> None:
    """Set a new password, and end all sessions but the one with `session_id`.

    Raises what `check_current_password` does, and `InvalidPayload` for what can't be a password: then nothing changes.
    """
    check_current_password(person=person, password=current_password, address=address)
    check_password(new_password, field="new_password")
    hashed = make_password(new_password)  # before the transaction, which others may wait for
    with transaction.atomic():
        # Only instead of the one that was checked: another may have been set by a link meanwhile, and that one stays.
        if not User.objects.filter(pk=person.pk, password=person.password).update(password=hashed):
            raise WrongPassword
        _password_changed(person, Session.End.PASSWORD_CHANGED, keep=session_id)
    person.password = hashed


def replace_password(*, person: User, new_password: str | None, actor: Actor, reason: str = "") -> int:
    """Set somebody's password as an operator, or none, by which nobody can log in; end all of their sessions.

    Return how many those were. Raises `InvalidPayload` for what can't be a password, and for the reason.
    """
    reason = clean_reason(reason, required=False)
    if new_password is not None:
        check_password(new_password, field="new_password")
    person.password = make_password(new_password)
    with transaction.atomic():
        User.objects.filter(pk=person.pk).update(password=person.password)
        ended = _password_changed(person, Session.End.PASSWORD_CHANGED)
        after, target = {"usable": new_password is not None}, Target.of(person)
        record(actor=actor, action=Action.PASSWORD_REPLACED, target=target, after=after, reason=reason)
    return ended


def request_reset(*, email: str, address: Address | None = None) -> None:
    """Send a link for a new password to whoever has confirmed `email`.

    Says the same, and does the same, where nobody has: people are looked up in the background. Raises `InvalidPayload`
    for what can't be an address, and `RateLimited`.
    """
    email = clean_email(email)
    counters.take(
        Claim(policies.RESET, subject_of(email)),
        Claim(policies.RESET_ADDRESS, f"address:{counted_part(address)}"),
    )
    run_later(partial(_send_reset, email))


def make_reset_link(*, person: User) -> str:
    """Return a link by which whoever has it sets a new password for `person`, once, within an hour."""
    return make_link(person=person, purpose=Link.Purpose.RESET_PASSWORD)


def check_reset_link(*, token: str) -> None:
    """Raise `LinkInvalid` for a link that can't reset a password; it stays as it is."""
    get_link(token=token, purpose=Link.Purpose.RESET_PASSWORD)


def reset_password(*, token: str, new_password: str) -> None:
    """Set a new password by a link, end all sessions, and forget failed log-ins. Of many tries at once, one wins.

    Raises `LinkInvalid`, and `InvalidPayload` for what can't be a password: then the link stays usable.
    """
    link = get_link(token=token, purpose=Link.Purpose.RESET_PASSWORD)
    check_password(new_password, field="new_password")
    hashed = make_password(new_password)  # as above
    with transaction.atomic():
        person = use_link(link)
        User.objects.filter(pk=person.pk).update(password=hashed)
        _password_changed(person, Session.End.PASSWORD_RESET)
    # The limits are for those who guess. Where Redis is away, they end by themselves.
    with suppress(RedisError), watched():
        counters.clear([login.subject_of(person.username)])


def _send_reset(email: str) -> None:
    person = User.objects.filter(email_key=email_key(email)).first()
    if person is None or not person.may_act:
        return
    # To the address as it was confirmed: what was typed has the same key, but could be another mailbox.
    send("reset_password", to=person.email, username=person.username, link=make_reset_link(person=person))


def _password_changed(person: User, reason: Session.End, *, keep: UUID | None = None) -> int:
    """Do what follows a new password; call in the transaction that stores it. Return how many sessions ended."""
    person_changed(person)
    end_links(person=person, purpose=Link.Purpose.RESET_PASSWORD)
    if person.email:
        send_later("password_changed", to=person.email, username=person.username)
    return end_sessions(person=person, reason=reason, keep=keep)
