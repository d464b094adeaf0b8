"""What every page answers with: headers that keep it safe, and the language and the clock of whoever reads."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from chatsystem.pages.locale import zone_of

API = "/api/"  # programs ask here
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
# Nothing here wants to know where somebody is, or to hear and see them.
PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"


class PageHeaders:
    """Says what a page may load and do: nothing but what comes from here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(API):
            response.setdefault("Content-Security-Policy", POLICY)
            response.setdefault("Permissions-Policy", PERMISSIONS)
        return response


class PageLocale:
    """Speaks the language that the browser asks for, by the clock that it told; the person's own choice comes later."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API):
            return self.get_response(request)
        translation.activate(translation.get_language_from_request(request))
        timezone.activate(ZoneInfo(zone_of(request)))
        try:
            response = self.get_response(request)
            response.setdefault("Content-Language", translation.get_language())
            return response
        finally:
            # The next request of this process may be a program's.
            translation.deactivate()
            timezone.deactivate()
