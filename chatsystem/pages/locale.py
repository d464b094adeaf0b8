"""Which language and which clock a page has, and saying things in that language."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.formats import number_format

from chatsystem.time_zones import time_zones
from chatsystem.translatable import Translatable

ZONE = "zone"  # the cookie in which the script tells the browser's time zone


def told_zone(request: HttpRequest) -> str:
    """Return the time zone that the browser told; empty where it told none that is known."""
    told = request.COOKIES.get(ZONE, "").replace("%2F", "/")
    return told if told in time_zones() else ""


def ask_browser(request: HttpRequest) -> None:
    """Speak the language that the browser asks for, and show the time of the zone that it told, or UTC."""
    translation.activate(translation.get_language_from_request(request))
    timezone.activate(ZoneInfo(told_zone(request) or "UTC"))


def follow(person: Any) -> None:
    """Speak the language and show the time of `person`, as far as they chose; else the browser's, which stand."""
    if person.time_zone in time_zones():
        timezone.activate(ZoneInfo(person.time_zone))
    language = person.language.split("-")[0]
    if language in dict(settings.LANGUAGES):
        translation.activate(language)


def leave() -> None:
    """Speak and count as the service does by itself: what this process answers next may be a program's request."""
    translation.deactivate()
    timezone.deactivate()


def translated(text: str) -> str:
    """Return what a service said, in the reader's language; in English where nobody has translated it."""
    if not isinstance(text, Translatable):
        return translation.gettext(text) if text else ""
    values = {name: _in_words(value) for name, value in text.values.items()}
    return translation.gettext(text.pattern).format(**values)


def number(value: int) -> str:
    """Return a number as the reader's language groups its digits: 4,000 or 4.000."""
    return number_format(value, force_grouping=True)


class _Number(int):
    """Groups digits as the reader's language does where a pattern asks for groups."""

    def __format__(self, pattern: str) -> str:
        return number(int(self)) if pattern == "," else super().__format__(pattern)


def _in_words(value: Any) -> Any:
    if isinstance(value, Translatable):
        return translated(value)
    return _Number(value) if isinstance(value, int) else value
