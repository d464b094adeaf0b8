"""The landing page, and pages and problem details for errors that no view answered."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from chatsystem import errors
from chatsystem.api.problems import problem
from chatsystem.errors import ChatError
from chatsystem.requests import request_id


def landing(request: HttpRequest) -> HttpResponse:
    """Say what this is and where things are."""
    return render(request, "landing.html")


def error_page(request: HttpRequest, error: ChatError) -> HttpResponse:
    """Answer with `error`: JSON under `/api/`, else a page. Needs no database, no session and no request context."""
    if request.path_info.startswith("/api/"):
        return problem(request, error)
    context = {"error": error, "title": HTTPStatus(error.status).phrase, "request_id": request_id.get()}
    response = HttpResponse(render_to_string("error.html", context), status=error.status)
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler400."""
    return error_page(request, ChatError())


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
