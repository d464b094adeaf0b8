"""What a username may be, and when two are the same."""

import unicodedata

from accounts.characters import has_invisible, is_printable, mixes_scripts, piles_marks
from chatsystem.errors import InvalidPayload
from chatsystem.limits import MAX_MARKS, MAX_USERNAME_LENGTH
from chatsystem.translatable import Translatable

UNPRINTABLE = Translatable("A username can't have control characters or others that don't show.")


def clean_username(username: str) -> str:
    """Return the form that is stored and shown: NFKC. Raises `InvalidPayload` for what can't be a name."""
    name = unicodedata.normalize("NFKC", username)
    if not name.strip():
        raise InvalidPayload.of("username", "blank", "A username must have more in it than white space.")
    if name != name.strip():
        raise InvalidPayload.of("username", "outer_space", "A username can't begin or end with white space.")
    if max(len(name), len(username)) > MAX_USERNAME_LENGTH:
        message = Translatable("A username has {limit} characters at most.", limit=MAX_USERNAME_LENGTH)
        raise InvalidPayload.of("username", "too_long", message, MAX_USERNAME_LENGTH)
    if not is_printable(name):
        raise InvalidPayload.of("username", "unprintable", UNPRINTABLE)
    return name


def clean_new_username(username: str) -> str:
    """The same for a name that is to be given, which must not be made to look like another.

    Names that people have already may be older than these rules, so nothing else asks for them.
    """
    name = clean_username(username)
    if has_invisible(name):
        raise InvalidPayload.of("username", "unprintable", UNPRINTABLE)
    if mixes_scripts(name):
        message = Translatable("A username can't mix letters of different scripts, such as Latin and Cyrillic.")
        raise InvalidPayload.of("username", "mixed_scripts", message)
    if piles_marks(name):
        message = Translatable("A letter in a username has {limit} marks at most, each of them once.", limit=MAX_MARKS)
        raise InvalidPayload.of("username", "too_many_marks", message, MAX_MARKS)
    if name in {".", ".."}:
        raise InvalidPayload.of("username", "reserved", "This name can't stand in an address.")
    return name


def username_key(username: str) -> str:
    """Return what two names that are the same have in common: NFKC, without regard to case.

    It can be asked for in every database, whatever was typed: PostgreSQL takes no NUL, and no name has a control
    character of either kind.
    """
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())
    return key.replace("\0", "\x01")
