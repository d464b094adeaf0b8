"""Who asks, and how often they may: programs by a token, pages' scripts by their browser's session."""

from copy import copy
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.browsers import PAGES, BrowserSession, named_by
from accounts.models import User
from accounts.services.recognition import recognise
from accounts.tokens import AccessToken, read_access_token
from chatsystem.addresses import client_address
from chatsystem.errors import InvalidToken, StaleForm
from chatsystem.middleware import open_session
from chatsystem.rate_limits.policies import Policy

SAFE = {"GET", "HEAD", "OPTIONS"}


class TokenAuthentication(BaseAuthentication):
    """`Authorization: <AUTH_HEADER_PREFIX> <access token>`; the scheme is matched without case (RFC 9110, 11.1).

    Session and limit are asked for in one request to Redis.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        """Return person and token, or None without such a header.

        Raises `InvalidToken`, also where the token's session has ended, and `RateLimited`; an outage of SQL is neither.
        """
        scheme, _, text = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.casefold() != settings.AUTH_HEADER_PREFIX.casefold():
            return None
        token = read_access_token(text.strip())
        person = _recognise(request, token)
        if person is None:
            raise InvalidToken
        return person, token

    def authenticate_header(self, request: Request) -> str:
        """Have DRF answer 401 and not 403; the header itself is `chatsystem.api.problems.challenge`."""
        return str(settings.AUTH_HEADER_PREFIX)


class BrowserAuthentication(BaseAuthentication):
    """The session cookie, for scripts of our own pages. Whoever sends a token is asked for nothing else."""

    def authenticate(self, request: Request) -> tuple[User, BrowserSession] | None:
        """Return person and session, or None without a cookie of a live one.

        Raises `StaleForm` for a change without the token of a page (`X-CSRFToken`), or from another site; nothing is
        counted then. Raises `RateLimited`; an outage of SQL is none of these.
        """
        session = named_by(open_session(request), place=PAGES)
        if session is None:
            return None
        if request.method not in SAFE:
            _check_page(request._request)
        person = _recognise(request, session)
        return None if person is None else (person, session)


def _recognise(request: Request, by: AccessToken | BrowserSession) -> User | None:
    view = request.parser_context["view"]
    policy: Policy | None = view.read_policy if request.method in SAFE else view.change_policy
    return recognise(person_id=by.person_id, session_id=by.session_id, address=client_address(request), policy=policy)


class _PageCheck(CsrfViewMiddleware):
    """Django's check of forms, which tells its finding and answers nothing."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _check_page(request: HttpRequest) -> None:
    """Raise `StaleForm` unless the request carries the token of one of our pages in its header."""
    # Django would look for the token in the body first, which is the parser's to read.
    without_body: Any = copy(request)
    without_body.POST = QueryDict()
    if _PageCheck(lambda _: None).process_view(without_body, lambda: None, (), {}) is not None:  # type: ignore[arg-type, return-value]
        raise StaleForm
