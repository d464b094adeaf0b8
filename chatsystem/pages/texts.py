"""Showing what people wrote: as text, in which only addresses of the web become links."""

from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe


def show_text(content: str) -> SafeString:
    """Return a message's content as HTML. Line ends stay what they are: the style sheet keeps them.

    Links are those of `http` and `https`, with `rel="nofollow"`; what they would do is as visible as where they lead.
    """
    # Looking for addresses costs a hundred times what escaping does, and few messages have one.
    if "://" in content or "www." in content:
        return mark_safe(urlize(content, nofollow=True, autoescape=True))  # noqa: S308  (escaped by that argument)
    return escape(content)
