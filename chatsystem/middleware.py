"""What happens around every view."""

import logging
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils.functional import LazyObject

from chatsystem import outages
from chatsystem.addresses import client_address
from chatsystem.errors import ChatError, DatabaseUnavailable
from chatsystem.metrics import HTTP_REQUESTS, HTTP_SECONDS, METHODS, NO_ROUTE, OTHER_METHOD
from chatsystem.pages.errors import error_page, method_not_allowed
from chatsystem.requests import choose_request_id, log, log_unexpected, request_address, request_id

SESSION_KEY = re.compile(r"[a-z0-9]{32}")  # as Django makes them
API = "/api/"  # programs ask here, and get JSON
ADMIN_COOKIE = "admin_session"
Handler = Callable[[HttpRequest], HttpResponseBase]


class RequestLog:
    """Gives each request an id, echoes it as `X-Request-ID`, and logs and counts each answer.

    What is done meanwhile may ask for the id, and for where the request came from (`chatsystem.requests`).
    The line has method, route, status, duration and the person's id; never a path, a query string, a body or a header.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = request_id.set(choose_request_id(request.META.get("HTTP_X_REQUEST_ID")))
        where = request_address.set(partial(client_address, request))
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            tell(request, response.status_code, time.perf_counter() - began)
            return response
        finally:
            request_address.reset(where)
            request_id.reset(token)


def tell(request: HttpRequest, status: int, seconds: float) -> None:
    """Log and count an answer."""
    method = request.method if request.method in METHODS else OTHER_METHOD
    route = request.resolver_match.view_name if request.resolver_match else NO_ROUTE
    HTTP_REQUESTS.labels(route, method, status).inc()
    HTTP_SECONDS.labels(route).observe(seconds)
    if log.isEnabledFor(logging.INFO):
        fields = {
            "request_id": request_id.get(),
            "person": person_of(request),
            "route": route,
            "method": method,
            "status": status,
            "duration_ms": round(seconds * 1_000, 1),
        }
        log.info("answered", extra=fields)


def person_of(request: HttpRequest) -> str | None:
    """Return the id of the person who asked, where a view wanted to know; finding out would cost a query."""
    # The API and a log-in put the person themselves there, pages a promise, whose fulfilment is kept under the second
    # name; there it also outlasts a log-out.
    for name in ("user", "_cached_user"):
        user = request.__dict__.get(name)
        if user is not None and not isinstance(user, LazyObject) and user.pk is not None:
            return str(user.pk)
    return None


def log_failure(**_: Any) -> None:
    """Log what neither a view nor a middleware caught; Django's signal `got_request_exception` calls this."""
    error = sys.exception()
    if isinstance(error, OperationalError | InterfaceError):
        outages.noticed_sql()
    elif error is not None:
        log_unexpected(error)


got_request_exception.connect(log_failure)


class Refusals:
    """Answers what a page's view raised, or didn't take; the API's views have a handler of their own."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):  # Django's own, without a text
            return method_not_allowed(request, response["Allow"].split(", "))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return a page for a refusal or an outage; leave everything else to Django."""
        if isinstance(exception, OperationalError | InterfaceError):
            outages.noticed_sql()
            exception = DatabaseUnavailable()
        return error_page(request, exception) if isinstance(exception, ChatError) else None


def is_admin(request: HttpRequest) -> bool:
    """Whether a request is for the admin."""
    return request.path_info.startswith(f"/{settings.ADMIN_PATH}")


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
    """Browser sessions: one for pages, and one for the admin, by a cookie of its own that pages never get to see.

    Whoever is logged in to one of them isn't thereby in the other; see `accounts.browsers`.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Promise what the cookie stands for; SQL is asked when somebody looks into it."""
        if is_admin(request):
            # Django knows the cookie by one name; within this request it's the admin's.
            of_admin = request.COOKIES.get(ADMIN_COOKIE)
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
            if of_admin is not None:
                request.COOKIES[settings.SESSION_COOKIE_NAME] = of_admin
        request.session = open_session(request)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Set the cookie where the session changed, and delete it where there is none any more."""
        response = super().process_response(request, response)
        if is_admin(request) and settings.SESSION_COOKIE_NAME in response.cookies:
            cookie = response.cookies.pop(settings.SESSION_COOKIE_NAME)
            response.cookies[ADMIN_COOKIE] = cookie.value
            response.cookies[ADMIN_COOKIE].update({**cookie, "path": f"/{settings.ADMIN_PATH}"})
        return response


def open_session(request: HttpRequest) -> SessionBase:
    """Return what the cookie stands for; SQL is asked when somebody looks into it.

    A cookie that Django can't have made is none: it could hold a NUL, which PostgreSQL refuses.
    """
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    opened: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(
        key if SESSION_KEY.fullmatch(key) else None
    )
    return opened


class PagesMessages(_PagesOnly, MessageMiddleware):
    """One-time notices, for pages and admin."""
