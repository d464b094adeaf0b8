"""What a display name may be: it stands beside the username, and nobody is found by it."""

import unicodedata

from accounts.characters import has_invisible, is_printable, piles_marks
from chatsystem.errors import InvalidPayload
from chatsystem.limits import MAX_DISPLAY_NAME_LENGTH, MAX_MARKS
from chatsystem.translatable import Translatable


def clean_display_name(display_name: str) -> str:
    """Return the form that is stored and shown: NFC, without white space around it; empty for none.

    Raises `InvalidPayload` for what can't be one. It may look like another: only usernames tell people apart.
    """
    name = unicodedata.normalize("NFC", display_name).strip()
    if len(name) > MAX_DISPLAY_NAME_LENGTH:
        message = Translatable("A display name has {limit} characters at most.", limit=MAX_DISPLAY_NAME_LENGTH)
        raise InvalidPayload.of("display_name", "too_long", message, MAX_DISPLAY_NAME_LENGTH)
    if not is_printable(name) or has_invisible(name):
        message = Translatable("A display name can't have control characters or others that don't show.")
        raise InvalidPayload.of("display_name", "unprintable", message)
    if piles_marks(name):
        message = Translatable(
            "A letter in a display name has {limit} marks at most, each of them once.", limit=MAX_MARKS
        )
        raise InvalidPayload.of("display_name", "too_many_marks", message, MAX_MARKS)
    return name
