"""Who asks, and how often they may."""

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import User
from accounts.services.recognition import recognise
from accounts.tokens import AccessToken, read_access_token
from chatsystem.addresses import client_address
from chatsystem.errors import InvalidToken

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
        view = request.parser_context["view"]
        policy = view.read_policy if request.method in SAFE else view.change_policy
        person = recognise(
            person_id=token.person_id, session_id=token.session_id, address=client_address(request), policy=policy
        )
        if person is None:
            raise InvalidToken
        return person, token

    def authenticate_header(self, request: Request) -> str:
        """Have DRF answer 401 and not 403; the header itself is `chatsystem.api.problems.challenge`."""
        return str(settings.AUTH_HEADER_PREFIX)
