"""What happens around every view."""

import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from chatsystem.errors import ChatError, DatabaseUnavailable
from chatsystem.pages import error_page
from chatsystem.requests import choose_request_id, log, log_unexpected, request_id

API = "/api/"  # programs ask here, and get JSON
Handler = Callable[[HttpRequest], HttpResponseBase]


class RequestLog:
    """Gives each request an id, echoes it as `X-Request-ID`, and logs one line an answer.

    The line has method, route, status and duration; never a query string, a body or a header.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = request_id.set(choose_request_id(request.headers.get("X-Request-ID")))
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            route = request.resolver_match.view_name if request.resolver_match else "-"
            duration = (time.perf_counter() - began) * 1_000
            log.info("%s %s %d %.1f ms id=%s", request.method, route, response.status_code, duration, request_id.get())
            return response
        finally:
            request_id.reset(token)


class Refusals:
    """Answers what a page's view raised; the API's views have a handler of their own."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return a page for a refusal or an outage; leave everything else to Django."""
        if isinstance(exception, OperationalError | InterfaceError):
            exception = DatabaseUnavailable()
        if isinstance(exception, ChatError):
            return error_page(request, exception)
        log_unexpected(exception)
        return None


class _PagesOnly:
    """Passes the API's requests by: it neither reads nor sets a cookie, and pays for neither."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API):
            passed: HttpResponseBase = self.get_response(request)
            return passed
        answered: HttpResponseBase = super().__call__(request)  # type: ignore[misc]  # of the class beside this
        return answered


class PagesSession(_PagesOnly, SessionMiddleware):
    """Browser sessions, for pages and admin."""


class PagesAuthentication(_PagesOnly, AuthenticationMiddleware):
    """`request.user` from the session, for pages and admin."""


class PagesMessages(_PagesOnly, MessageMiddleware):
    """One-time notices, for pages and admin."""
