"""Which language and which clock a page has."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation

ZONE = "zone"  # the cookie in which the script tells the browser's time zone


def zone_of(request: HttpRequest) -> str:
    """Return the time zone that the browser told, or UTC."""
    told = request.COOKIES.get(ZONE, "").replace("%2F", "/")
    return told if told in zones() else "UTC"


@cache
def zones() -> frozenset[str]:
    """Return the names of all time zones. Asking for others would have files of any name looked for."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


def follow(person: Any) -> None:
    """Speak the language and show the time of `person`, as far as they chose; else the browser's, which stand."""
    if person.time_zone in zones():
        timezone.activate(ZoneInfo(person.time_zone))
    language = person.language.split("-")[0]
    if language in dict(settings.LANGUAGES):
        translation.activate(language)
