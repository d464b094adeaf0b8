"""Pages, and problem details, for errors that no view answered."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.translation import gettext

from chatsystem import errors
from chatsystem.api.problems import problem
from chatsystem.errors import ChatError
from chatsystem.pages.frame import frame_without_person
from chatsystem.requests import request_id


def error_page(request: HttpRequest, error: ChatError) -> HttpResponse:
    """Answer with `error`: JSON under `/api/`, else a page. Needs no database, no session and no request context."""
    if request.path_info.startswith("/api/"):
        return problem(request, error)
    context = {
        **frame_without_person(request),
        "nobody_asked": True,  # who it is: the database may be what is away
        "error": error,
        "title": gettext(HTTPStatus(error.status).phrase),
        "request_id": request_id.get(),
        "kept": kept_text(request),
    }
    response = HttpResponse(render_to_string("error.html", context), status=error.status)
    response["Cache-Control"] = "no-store"
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def kept_text(request: HttpRequest) -> str:
    """Return the message that somebody typed into the form that was refused: they shall be able to copy it."""
    if request.method != "POST":
        return ""
    try:
        return request.POST.get("content", "")
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return ""  # the body itself is what was refused


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler400."""
    return error_page(request, errors.PayloadTooLarge() if isinstance(exception, RequestDataTooBig) else ChatError())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403."""
    return error_page(request, errors.Forbidden())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    return error_page(request, errors.StaleForm())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404, and what stands behind every unknown address of the API."""
    return error_page(request, errors.NotFound())


def unexpected(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    return error_page(request, errors.Unexpected())


def method_not_allowed(request: HttpRequest, allowed: Any) -> HttpResponse:
    """Answer a method that a page doesn't have."""
    response = error_page(request, errors.MethodNotAllowed())
    response["Allow"] = ", ".join(allowed)
    return response
