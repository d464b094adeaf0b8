"""What a list shows of a message that was found: the part around the first place, with every place marked."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from messaging.search import spans

LENGTH = 240  # characters of a content, about three lines
BEFORE = 60  # of them before the first place


def excerpt(content: str, terms: Sequence[str]) -> SafeString:
    """Return the part of `content` where `terms` are, which are in the form that `parse` gives, as HTML."""
    places = spans(terms, content)
    begin, end = _part_of(content, places[0][0] if places else 0)
    shown, at = ["… " if begin else ""], begin
    for first, last in places:
        if begin <= first < end:
            last = min(last, end)
            shown += [escape(content[at:first]), "<mark>", escape(content[first:last]), "</mark>"]
            at = last
    shown += [escape(content[at:end]), " …" if end < len(content) else ""]
    return mark_safe("".join(shown))  # noqa: S308  (all its parts are escaped)


def _part_of(content: str, place: int) -> tuple[int, int]:
    """Return where an excerpt begins and ends: at white space, where some is near."""
    begin = max(0, min(place - BEFORE, len(content) - LENGTH))
    if begin:
        space = content.find(" ", begin, place)
        begin = space + 1 if space >= 0 else begin
    end = min(len(content), begin + LENGTH)
    if end < len(content):
        space = content.rfind(" ", max(end - BEFORE, place + 1), end)
        end = space if space >= 0 else end
    return begin, end
