"""Pages, and problem details, for errors that no view answered."""

import sys
from html import escape
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.templatetags.static import static

from chatsystem import errors
from chatsystem.api.problems import problem
from chatsystem.errors import ChatError
from chatsystem.pages.frame import frame_without_person
from chatsystem.pages.words import in_words, title_of
from chatsystem.requests import log_unexpected, request_id

# Fields that hold what somebody has written: a message or a report, and the same as the log-in form carries it.
WRITTEN = ("content", "words", "draft-content", "draft-words")

# What is left to say where the templates are what is broken.
PLAIN = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Chat</title>
{style}
</head>
<body>
<main>
<h1>{title}</h1>
<p>{message}</p>
{kept}
<p><a href="/">Go to the start page</a></p>
<p class="small">Request {request_id}</p>
</main>
</body>
</html>
"""
PLAIN_KEPT = """<p><label for="kept">What you wrote</label></p>
<textarea id="kept" rows="6" readonly dir="auto">
{text}</textarea>"""


def error_page(request: HttpRequest, error: ChatError) -> HttpResponse:
    """Answer with `error`: JSON under `/api/`, else a page. Needs no database, no session and no request context."""
    if request.path_info.startswith("/api/"):
        return problem(request, error)
    kept = kept_text(request)
    try:
        page = _page(request, error, kept)
    except Exception as failure:  # whatever it is: this page is the last that there is
        log_unexpected(failure)
        page = _plain_page(error, kept)
    response = HttpResponse(page, status=error.status)
    response["Cache-Control"] = "no-store"
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def _page(request: HttpRequest, error: ChatError, kept: str) -> str:
    context = {
        **frame_without_person(request),
        "nobody_asked": True,  # who it is: the database may be what is away
        "message": in_words(error),
        "title": title_of(error),
        "request_id": request_id.get(),
        "kept": kept,
    }
    return render_to_string("error.html", context)


def _plain_page(error: ChatError, kept: str) -> str:
    """Return a page that needs neither templates nor translations."""
    return PLAIN.format(
        title=HTTPStatus(error.status).phrase,
        message=escape(error.message),
        style=_style_sheet(),
        kept=PLAIN_KEPT.format(text=escape(kept)) if kept else "",
        request_id=request_id.get(),
    )


def _style_sheet() -> str:
    try:
        return f'<link rel="stylesheet" href="{static("chat/chat.css")}">'
    except Exception:  # files that were never collected, say
        return ""


def kept_text(request: HttpRequest) -> str:
    """Return the message that somebody typed into the form that was refused: they shall be able to copy it."""
    if request.method != "POST":
        return ""
    try:
        return next((text for field in WRITTEN if (text := request.POST.get(field))), "")
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
    """Django's handler500; of an outage too, where it isn't a view that meets it, as when a session is stored."""
    is_outage = isinstance(sys.exception(), OperationalError | InterfaceError)
    return error_page(request, errors.DatabaseUnavailable() if is_outage else errors.Unexpected())


def method_not_allowed(request: HttpRequest, allowed: Any) -> HttpResponse:
    """Answer a method that a page doesn't have."""
    response = error_page(request, errors.MethodNotAllowed())
    response["Allow"] = ", ".join(allowed)
    return response
