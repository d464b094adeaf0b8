"""Logging in."""

from datetime import timedelta

from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone

from accounts import metrics
from accounts.models import Session, User
from accounts.services.refreshing import Grant, grant
from accounts.services.sessions import start_session
from accounts.usernames import username_key
from chatsystem.addresses import Address, counted_part, kept_part
from chatsystem.errors import AccountSuspended, InvalidLogin, InvalidPayload
from chatsystem.limits import MAX_PASSWORD_LENGTH, MAX_USERNAME_LENGTH
from chatsystem.metrics import counted
from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.counters import Claim
from chatsystem.translatable import Translatable

FAMILIAR = timedelta(days=90)  # how long a place counts as the person's own after they were seen there


@counted(metrics.LOGINS)
def log_in(*, username: str, password: str, address: Address | None = None) -> User:
    """Return the person with that name and password. No session begins yet.

    Raises what `check_login` does.
    """
    return check_login(username=username, password=password, address=address)


def check_login(*, username: str, password: str, address: Address | None) -> User:
    """Return the person with that name and password, for pages too, which count their log-ins by themselves.

    Raises `InvalidLogin` for an unknown name, a wrong password and an account that isn't active: alike, and after
    the same work, one hash. Raises `InvalidPayload` for what no account can have, `RateLimited` before any hashing,
    and `AccountSuspended`, which only whoever knows the password gets to see.
    """
    if len(username) > MAX_USERNAME_LENGTH:
        message = Translatable("A username has {limit} characters at most.", limit=MAX_USERNAME_LENGTH)
        raise InvalidPayload.of("username", "too_long", message, MAX_USERNAME_LENGTH)
    if len(password) > MAX_PASSWORD_LENGTH:
        message = Translatable("A password has {limit} characters at most.", limit=MAX_PASSWORD_LENGTH)
        raise InvalidPayload.of("password", "too_long", message, MAX_PASSWORD_LENGTH)
    tries = claims(username, address)
    counters.take(*tries)
    # Django's own backend hashes once for an unknown name too, and stores a hash of old parameters anew.
    person = authenticate(request=None, username=username, password=password)
    if not isinstance(person, User):
        raise InvalidLogin
    counters.give_back(*tries)
    if person.is_suspended:
        raise AccountSuspended.until(person.suspended_until, person.suspension_reason)
    return person


def log_in_program(*, username: str, password: str, address: Address | None, device: str) -> Grant:
    """Log in as `log_in` does, and start a session with its first refresh token."""
    person = log_in(username=username, password=password, address=address)
    with transaction.atomic():
        session = start_session(person=person, kind=Session.Kind.API, device=device, address=address)
        return grant(session)


def subject_of(username: str) -> str:
    """Return what tries to log in are counted for: a name, whether or not anybody has it."""
    return counters.subject("name", username_key(username))


def claims(username: str, address: Address | None) -> list[Claim]:
    """Return what a try of that name's password, from that address, is counted by."""
    name, place = subject_of(username), counted_part(address)
    found = [Claim(policies.LOGIN, name, place), Claim(policies.LOGIN_ADDRESS, f"address:{place}")]
    if not _is_familiar(username, address):
        found.append(Claim(policies.LOGIN_NAME, name))
    return found


def _is_familiar(username: str, address: Address | None) -> bool:
    """Whether the person of that name was lately at that place."""
    seen = Session.objects.filter(
        person__username_key=username_key(username),
        address_prefix=kept_part(address),
        last_seen_at__gt=timezone.now() - FAMILIAR,
    )
    return address is not None and seen.exists()
