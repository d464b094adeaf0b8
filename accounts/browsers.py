"""Sessions of browsers: Django's session cookie names one of ours, so that all log-ins stand in one list.

Django's `authenticate`, `login` and `logout`, which pages and admin call, check who it is, start it and end it;
`BrowserAuthentication` asks for it, and so does the API of a request with the cookie. Pages and admin are two places:
each has a cookie of its own, and what was started in one is worth nothing in the other; the API takes what was started
in pages, whose scripts ask it. The admin also signs out whoever leaves it alone (ADMIN_IDLE_MINUTES).
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
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
from chatsystem.middleware import API, is_admin
from chatsystem.pages.locale import told_zone

# Names in Django's sessions.
NAME = "session"  # our session's id
PLACE = "place"  # where it's good: a place of these below
SEEN = "seen"  # when the admin was last used, in seconds since 1970
CONFIRMED = "confirmed"  # when the password was last given, likewise

PAGES, ADMIN = "pages", "admin"  # the API is for scripts of pages

SEEN_AGAIN = 60  # seconds: how exactly it's kept when the admin was used last
CONFIRMED_FOR = 600  # seconds for which nobody is asked for the password again


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """What a session cookie stands for: whose log-in, and which."""

    person_id: UUID
    session_id: UUID


def named_by(cookie: SessionBase, *, place: str) -> BrowserSession | None:
    """Return which session of ours Django's session names in a place, whether or not it is live.

    None of nobody's, and of one that was started in the other place.
    """
    person_id, session_id = cookie.get(SESSION_KEY), cookie.get(NAME)
    if not (person_id and session_id) or cookie.get(PLACE, PAGES) != place:
        return None
    return BrowserSession(UUID(person_id), UUID(session_id))


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
    named = named_by(request.session, place=place_of(request))
    if named is None:
        if NAME in request.session:  # the session of one place by the cookie of the other
            request.session = type(request.session)()
        return None
    person = recognise(
        person_id=named.person_id,
        session_id=named.session_id,
        address=client_address(request),
        policy=getattr(request, "policy", None),  # which a page has said before it asks
    )
    if person is not None and is_admin(request) and not _is_in_use(request):
        close_session(person, named.session_id, Session.End.IDLE)
        person = None
    if person is None:
        request.session.flush()  # the cookie is worth nothing any more
    return person


def _is_in_use(request: HttpRequest) -> bool:
    """Whether the admin was used lately; if so, it has been now."""
    now, seen = int(time.time()), request.session.get(SEEN, 0)
    if now - seen >= settings.ADMIN_IDLE_MINUTES * 60:
        return False
    if now - seen >= SEEN_AGAIN:
        request.session[SEEN] = now
    return True


def place_of(request: HttpRequest) -> str:
    """Return where a request is for: pages or admin."""
    return ADMIN if is_admin(request) else PAGES


def session_id_of(request: HttpRequest) -> UUID:
    """Return the id of the session by which the person of a page's request was recognised."""
    return UUID(request.session[NAME])


def is_confirmed(request: HttpRequest) -> bool:
    """Whether whoever sits there has given their password lately, by logging in or since."""
    return int(time.time()) - int(request.session.get(CONFIRMED, 0)) < CONFIRMED_FOR


def confirm(request: HttpRequest) -> None:
    """Note that they did so now."""
    request.session[CONFIRMED] = int(time.time())


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
    request.session[PLACE] = place_of(request)
    request.session[SEEN] = int(time.time())
    confirm(request)
    if zone := told_zone(request):
        adopt_time_zone(person=user, time_zone=zone)


def _logged_out(*, request: Any, user: User | None, **_: Any) -> None:
    if user is not None:
        _end(request, user)


def _end(request: Any, user: User) -> None:
    session_id = request.session.get(NAME)
    if session_id:
        close_session(user, UUID(session_id), Session.End.LOGGED_OUT)
