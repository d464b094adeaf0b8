"""What stands around the content of every page: theme, shortcuts, who is logged in."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

THEME = "theme"  # cookies, which hold what somebody chose for one browser
THEMES = ("light", "dark")
SHORTCUTS = "shortcuts"
OFF = "off"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor. Who is logged in is found out when a template asks."""
    return {**frame_without_person(request), "person": SimpleLazyObject(lambda: _person_of(request))}


def frame_without_person(request: HttpRequest) -> dict[str, Any]:
    """Return what needs no database."""
    theme = request.COOKIES.get(THEME)
    return {
        "theme": theme if theme in THEMES else "",
        "shortcuts": request.COOKIES.get(SHORTCUTS) != OFF,
        "here": "",
        "LANGUAGE_CODE": get_language(),
    }


def _person_of(request: HttpRequest) -> Any:
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None
