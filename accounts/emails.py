"""What an e-mail address may be, and when two are the same."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from chatsystem.errors import InvalidPayload
from chatsystem.limits import MAX_EMAIL_LENGTH
from chatsystem.translatable import Translatable


def clean_email(email: str) -> str:
    """Return the form that is written to and stored: NFKC. Raises `InvalidPayload` for what can't be an address."""
    address = unicodedata.normalize("NFKC", email)
    if max(len(address), len(email)) > MAX_EMAIL_LENGTH:
        message = Translatable("An e-mail address has {limit} characters at most.", limit=MAX_EMAIL_LENGTH)
        raise InvalidPayload.of("email", "too_long", message, MAX_EMAIL_LENGTH)
    try:
        validate_email(address)
    except ValidationError as error:
        raise _no_address() from error
    # Django lets some letters pass for ASCII before the @, which mail servers don't, and control characters in quotes.
    if not (address.rpartition("@")[0].isascii() and address.isprintable()):
        raise _no_address()
    return address


def email_key(email: str) -> str:
    """Return what two addresses that are the same have in common: NFKC, without regard to case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold())


def _no_address() -> InvalidPayload:
    return InvalidPayload.of("email", "invalid_email", "Enter an e-mail address, as name@example.org.")
