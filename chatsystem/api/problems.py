"""Errors as problem details (RFC 9457), with the old service's text in the member `error`."""

from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from chatsystem import errors, outages
from chatsystem.errors import ChatError, FieldError
from chatsystem.requests import log_unexpected, request_id

MEDIA_TYPE = "application/problem+json"
READING = {"GET", "HEAD"}


def exception_handler(exception: Exception, context: dict[str, Any]) -> HttpResponse:
    """Answer what a view of the API raised; DRF calls this. What nobody foresaw is logged and answered as a 500."""
    request = context["request"]
    response = problem(request, as_chat_error(exception, method=request.method or "GET"))
    if isinstance(exception, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def as_chat_error(exception: Exception, *, method: str) -> ChatError:
    """Return the error of ours that stands for `exception`."""
    match exception:
        case ChatError():
            return exception
        case OperationalError() | InterfaceError():
            outages.noticed_sql()
            return errors.DatabaseUnavailable()
        case exceptions.ValidationError():
            kind = errors.InvalidQuery if method in READING else errors.InvalidPayload
            return kind(errors=list(field_errors(exception.detail)))
        case exceptions.MethodNotAllowed():
            return errors.MethodNotAllowed()
        case exceptions.NotAuthenticated():
            return errors.NotAuthenticated()
        case exceptions.PermissionDenied() | PermissionDenied():
            return errors.Forbidden()
        case exceptions.NotFound() | Http404():
            return errors.NotFound()
        case _:
            log_unexpected(exception)
            return errors.Unexpected()


def field_errors(detail: Any) -> list[FieldError]:
    """Return what a serializer found wrong, field by field. The body as a whole has the name ``."""
    if not isinstance(detail, dict):
        detail = {"": detail}
    return [
        FieldError("" if field == "non_field_errors" else field, str(error.code), str(error))
        for field, found in detail.items()
        for error in found
    ]


def problem(request: HttpRequest, error: ChatError) -> HttpResponse:
    """Return the answer to a request that failed with `error`."""
    body = {
        "type": "about:blank",  # the title is the status' own phrase; `code` tells more
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        "request_id": request_id.get(),
        "errors": [describe(found) for found in error.errors],
        "error": error.error or error.message,
    }
    response = HttpResponse(orjson.dumps(body), status=error.status, content_type=MEDIA_TYPE)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = challenge(error)
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def challenge(error: ChatError) -> str:
    """Return how to authenticate (RFC 6750, 3)."""
    text = f'{settings.AUTH_HEADER_PREFIX} realm="api"'
    return f'{text}, error="invalid_token"' if isinstance(error, errors.InvalidToken) else text


def describe(error: FieldError) -> dict[str, Any]:
    """Return a member of `errors`."""
    described: dict[str, Any] = {"field": error.field, "code": error.code, "message": error.message}
    if error.limit is not None:
        described["limit"] = error.limit
    return described
