"""What every page answers with: headers that keep it safe, and the language and the clock of whoever reads."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils import translation
from django.utils.cache import patch_vary_headers

from chatsystem.errors import PayloadTooLarge
from chatsystem.limits import MAX_FORM_BYTES
from chatsystem.middleware import API, is_admin
from chatsystem.pages import locale
from chatsystem.pages.errors import error_page

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
        "require-trusted-types-for 'script'",  # no script of ours makes HTML of strings, and the admin has none
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
    """Speaks the language that the browser asks for, by the clock that it told; the person's own choice comes later.

    The admin is English: a page that is half Django's and half ours would speak two languages at once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API):
            return self.get_response(request)
        locale.ask_browser(request)
        if is_admin(request):
            translation.activate(settings.LANGUAGE_CODE)
        try:
            response = self.get_response(request)
            response.setdefault("Content-Language", translation.get_language())
            # By the cookie too: it says which zone the browser is in, and who the person is, who may have chosen.
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
            return response
        finally:
            locale.leave()


class FormLimit:
    """Refuses a page's request by the length that it announces: of files, which no page takes, Django reads any."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_page = not request.path_info.startswith(API)
        if is_page and length.isdecimal() and int(length) > MAX_FORM_BYTES:
            request.POST = QueryDict()  # nobody reads it, to show what was written
            return error_page(request, PayloadTooLarge())
        return self.get_response(request)
