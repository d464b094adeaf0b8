"""Who asks."""

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import User
from accounts.services.people import find_active_person_by_id
from accounts.tokens import read_access_token
from chatsystem.errors import InvalidToken


class TokenAuthentication(BaseAuthentication):
    """`Authorization: <AUTH_HEADER_PREFIX> <access token>`; the scheme is matched without case (RFC 9110, 11.1)."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the person, or None without such a header. Raises `InvalidToken`; an outage of SQL isn't one."""
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.casefold() != settings.AUTH_HEADER_PREFIX.casefold():
            return None
        person = find_active_person_by_id(person_id=read_access_token(token.strip()))
        if person is None:
            raise InvalidToken
        return person, None

    def authenticate_header(self, request: Request) -> str:
        """Have DRF answer 401 and not 403; the header itself is `chatsystem.api.problems.challenge`."""
        return str(settings.AUTH_HEADER_PREFIX)
