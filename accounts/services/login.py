"""Logging in."""

from django.contrib.auth import authenticate

from accounts import metrics
from accounts.models import User
from chatsystem.errors import InvalidLogin, InvalidPayload
from chatsystem.limits import MAX_PASSWORD_LENGTH, MAX_USERNAME_LENGTH
from chatsystem.metrics import counted


@counted(metrics.LOGINS)
def log_in(*, username: str, password: str) -> User:
    """Return the person with that name and password.

    Raises `InvalidLogin` for an unknown name, a wrong password and an account that isn't active: alike, and after
    the same work, one hash. Raises `InvalidPayload` for what no account can have.
    """
    for field, value, limit in (
        ("username", username, MAX_USERNAME_LENGTH),
        ("password", password, MAX_PASSWORD_LENGTH),
    ):
        if len(value) > limit:
            raise InvalidPayload.of(field, "too_long", f"A {field} has {limit} characters at most.", limit)
    # Django's own backend hashes once for an unknown name too, and stores a hash of old parameters anew.
    person = authenticate(request=None, username=username, password=password)
    if not isinstance(person, User):
        raise InvalidLogin
    return person
