"""Texts that people write for moderators to read."""

import unicodedata

from chatsystem.errors import InvalidPayload
from chatsystem.translatable import Translatable


def clean_words(text: str, *, field: str, limit: int, required: bool = False) -> str:
    """Return a text with line ends as LF and without white space around it.

    Raises `InvalidPayload` where it's too long, has control characters, or is empty and `required`.
    """
    words = text.replace("\r\n", "\n").strip()
    if required and not words:
        raise InvalidPayload.of(field, "blank", "There must be more in it than white space.")
    if len(words) > limit:
        message = Translatable("This can have {limit:,} characters at most.", limit=limit)
        raise InvalidPayload.of(field, "too_long", message, limit)
    # Cc with NUL, which PostgreSQL refuses; Cs are halves of characters, which no database takes.
    if any(unicodedata.category(one) in {"Cc", "Cs"} and one not in "\t\n\r" for one in words):
        message = Translatable("This can't have control characters other than tab and line ends.")
        raise InvalidPayload.of(field, "control_character", message)
    return words
