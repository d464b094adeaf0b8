"""What a username may be, and when two are the same."""

import unicodedata

from chatsystem.errors import InvalidPayload
from chatsystem.limits import MAX_USERNAME_LENGTH

# Control, format (zero width, bidi), surrogate, private and unassigned characters, line and paragraph separators.
UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean_username(username: str) -> str:
    """Return the form that is stored and shown: NFKC. Raises `InvalidPayload` for what can't be a name."""
    name = unicodedata.normalize("NFKC", username)
    if not name.strip():
        raise InvalidPayload.of("username", "blank", "A username must have more in it than white space.")
    if name != name.strip():
        raise InvalidPayload.of("username", "outer_space", "A username can't begin or end with white space.")
    if max(len(name), len(username)) > MAX_USERNAME_LENGTH:
        message = f"A username has {MAX_USERNAME_LENGTH} characters at most."
        raise InvalidPayload.of("username", "too_long", message, MAX_USERNAME_LENGTH)
    if any(unicodedata.category(character) in UNPRINTABLE for character in name):
        message = "A username can't have control characters or others that don't show."
        raise InvalidPayload.of("username", "unprintable", message)
    return name


def username_key(username: str) -> str:
    """Return what two names that are the same have in common: NFKC, without regard to case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())
