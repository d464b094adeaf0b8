"""Registering."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import metrics
from accounts.models import User
from accounts.services.people import is_taken
from accounts.services.switches import are_registrations_open
from accounts.usernames import clean_username
from chatsystem.addresses import Address, counted_part
from chatsystem.errors import FieldError, InvalidPayload, RegistrationClosed, UsernameTaken
from chatsystem.limits import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from chatsystem.metrics import counted
from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.counters import Claim

LIMITS = {"password_too_short": MIN_PASSWORD_LENGTH, "password_too_long": MAX_PASSWORD_LENGTH}


@counted(metrics.REGISTRATIONS)
def register(*, username: str, password: str, address: Address | None = None) -> User:
    """Make an account. Of several tries for one name at once, exactly one wins.

    Raises `InvalidPayload` for a name or password that can't be, `UsernameTaken`, `RegistrationClosed`, and
    `RateLimited`: only what makes an account is counted.
    """
    username = clean_username(username)
    check_password(password)
    check_registration_is_open()
    if is_taken(username=username):
        raise UsernameTaken  # before hashing, which is what costs
    counters.take(Claim(policies.REGISTER, f"address:{counted_part(address)}"))
    try:
        with transaction.atomic():
            return User.objects.create_user(username, password)
    except IntegrityError as error:
        raise UsernameTaken from error


def check_registration_is_open() -> None:
    """Raise `RegistrationClosed` where an operator has closed it."""
    if not are_registrations_open():
        raise RegistrationClosed


def check_password(password: str) -> None:
    """Raise `InvalidPayload` with all that is wrong with a new password."""
    try:
        validate_password(password)
    except ValidationError as refusal:
        errors = [
            FieldError("password", error.code or "invalid", " ".join(error.messages), LIMITS.get(error.code or ""))
            for error in refusal.error_list
        ]
        raise InvalidPayload(" ".join(error.message for error in errors), errors=errors) from refusal
