"""Texts that the service says in English, and its pages in the reader's language."""

from typing import Any


class Translatable(str):
    """A text made of a pattern and values as `str.format` makes it, which remembers both.

    The API shows the text; `chatsystem.pages.locale.translated` fills the values into the pattern's translation. Also
    marks constant texts: `make messages` finds them by this name.
    """

    pattern: str
    values: dict[str, Any]

    def __new__(cls, pattern: str, **values: Any) -> "Translatable":
        """Return the text in English. Write each use with the pattern as a literal, or it isn't found."""
        made = super().__new__(cls, pattern.format(**values))
        made.pattern, made.values = pattern, values
        return made
