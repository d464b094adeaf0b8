"""Registering."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import metrics
from accounts.models import User
from accounts.services.people import is_taken
from accounts.usernames import clean_username
from chatsystem.errors import FieldError, InvalidPayload, UsernameTaken
from chatsystem.limits import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from chatsystem.metrics import counted

LIMITS = {"password_too_short": MIN_PASSWORD_LENGTH, "password_too_long": MAX_PASSWORD_LENGTH}


@counted(metrics.REGISTRATIONS)
def register(*, username: str, password: str) -> User:
    """Make an account. Of several tries for one name at once, exactly one wins.

    Raises `InvalidPayload` for a name or password that can't be, and `UsernameTaken`.
    """
    username = clean_username(username)
    check_password(password)
    if is_taken(username=username):
        raise UsernameTaken  # before hashing, which is what costs
    try:
        with transaction.atomic():
            return User.objects.create_user(username, password)
    except IntegrityError as error:
        raise UsernameTaken from error


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
