"""Access tokens: HS256 JWTs of 24 hours. This module alone speaks to simplejwt.

Claims: `id` and `username`, which clients of the old service read; `sub` (the same id), `aud`, `exp`, `iat` and `jti`
of RFC 7519; `sid`, the session that the token is good for; `token_type`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.models import User
from chatsystem.errors import InvalidToken

LIFETIME = timedelta(hours=24)
REQUIRED = ("id", "username", "sub", "sid")  # simplejwt itself asks for `aud`, `exp`, `jti` and `token_type`


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a good token says: whose it is, and of which session."""

    person_id: UUID
    session_id: UUID


class _AccessToken(Token):
    token_type = "access"  # noqa: S105  (a kind, not a password)
    lifetime = LIFETIME


class _PreviousAccessToken(_AccessToken):
    """One that the key before today's has signed: it is read, and never issued."""

    @property
    def token_backend(self) -> TokenBackend:
        rules: dict[str, Any] = settings.SIMPLE_JWT
        return TokenBackend(
            rules["ALGORITHM"], settings.JWT_PREVIOUS_KEY, audience=rules["AUDIENCE"], leeway=rules["LEEWAY"]
        )


def issue_access_token(user: User, session_id: UUID) -> str:
    """Return a new token for `user`, good for as long as the session is."""
    token: Any = _AccessToken.for_user(user)
    token["id"] = str(user.pk)
    token["username"] = user.username
    token["sid"] = str(session_id)
    return str(token)


def read_access_token(text: str) -> AccessToken:
    """Return what a token says. Raises `InvalidToken`.

    Signature, audience, times and claims are checked; whether person and session are still there is the caller's
    question.
    """
    try:
        token = _verified(text.encode("ascii"))
        missing = [claim for claim in REQUIRED if not isinstance(token.get(claim), str)]
        if missing or token["id"] != token["sub"]:
            raise InvalidToken
        return AccessToken(UUID(token["sub"]), UUID(token["sid"]))
    except (TokenError, ValueError) as error:
        raise InvalidToken from error


def _verified(text: bytes) -> Any:
    """Return a token that one of our keys has signed: today's, else the one before it. Raises `TokenError`."""
    try:
        return _AccessToken(text)  # type: ignore[arg-type]  # the stub wants a Token
    except TokenError:
        if not settings.JWT_PREVIOUS_KEY:
            raise
        return _PreviousAccessToken(text)  # type: ignore[arg-type]  # as above
