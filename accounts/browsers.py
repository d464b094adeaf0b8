"""Sessions of browsers: Django's session cookie names one of ours, so that all log-ins stand in one list.

Django's `authenticate`, `login` and `logout`, which pages and admin call, check who it is, start it and end it;
`BrowserAuthentication` asks for it, and so does the API of a request with the cookie.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.devices import device_of
from accounts.models import Session, User
from accounts.services.login import check_login
from accounts.services.profile import adopt_time_zone
from accounts.services.recognition import recognise
from accounts.services.sessions import close_session, start_session
from chatsystem.addresses import client_address
from chatsystem.errors import InvalidLogin, InvalidPayload
from chatsystem.middleware import API
from chatsystem.pages.locale import told_zone

NAME = "session"  # of our session's id, in Django's


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """What a session cookie stands for: whose log-in, and which."""

    person_id: UUID
    session_id: UUID


def named_by(cookie: SessionBase) -> BrowserSession | None:
    """Return which session of ours Django's session names, whether or not it is live; None of nobody's."""
    person_id, session_id = cookie.get(SESSION_KEY), cookie.get(NAME)
    return BrowserSession(UUID(person_id), UUID(session_id)) if person_id and session_id else None


class LoginBackend(ModelBackend):
    """Django's own backend; where a page asks, with our rules of logging in."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> Any:
        """Return the person, or None, of which the form tells in its own words.

        Raises `RateLimited` and `AccountSuspended`, which are answered with a page.
        """
        if request is None:  # a service, which keeps to the rules by itself
            return super().authenticate(None, username, password)
        try:
            return check_login(username=username or "", password=password or "", address=client_address(request))
        except (InvalidLogin, InvalidPayload):
            return None


class BrowserAuthentication(AuthenticationMiddleware):
    """`request.user` of pages and admin: the person of a live session, or nobody."""

    def process_request(self, request: HttpRequest) -> None:
        """Promise the person; finding out waits until somebody asks. The API recognises people by itself."""
        if not request.path_info.startswith(API):
            request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]  # a promise of one


def _user_of(request: Any) -> User | AnonymousUser:
    if not hasattr(request, "_cached_user"):
        request._cached_user = _recognise(request) or AnonymousUser()
    user: User | AnonymousUser = request._cached_user
    return user


def _recognise(request: HttpRequest) -> User | None:
    named = named_by(request.session)
    if named is None:
        return None
    person = recognise(
        person_id=named.person_id,
        session_id=named.session_id,
        address=client_address(request),
        policy=getattr(request, "policy", None),  # which a page has said before it asks
    )
    if person is None:
        request.session.flush()  # the cookie is worth nothing any more
    return person


def session_id_of(request: HttpRequest) -> UUID:
    """Return the id of the session by which the person of a page's request was recognised."""
    return UUID(request.session[NAME])


def listen() -> None:
    """Start and end sessions where Django logs somebody in or out; call once a process."""
    user_logged_in.connect(_logged_in)
    user_logged_out.connect(_logged_out)


def _logged_in(*, request: Any, user: User, **_: Any) -> None:
    _end(request, user)  # whoever logs in again leaves the old session
    session = start_session(
        person=user,
        kind=Session.Kind.BROWSER,
        device=device_of(request.META.get("HTTP_USER_AGENT", "")),
        address=client_address(request),
    )
    request.session[NAME] = str(session.pk)
    if zone := told_zone(request):
        adopt_time_zone(person=user, time_zone=zone)


def _logged_out(*, request: Any, user: User | None, **_: Any) -> None:
    if user is not None:
        _end(request, user)


def _end(request: Any, user: User) -> None:
    session_id = request.session.get(NAME)
    if session_id:
        close_session(user, UUID(session_id), Session.End.LOGGED_OUT)
