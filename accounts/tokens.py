"""Access tokens: HS256 JWTs of 24 hours. This module alone speaks to simplejwt.

Claims: `id` and `username`, which clients of the old service read; `sub` (the same id), `exp`, `iat` and `jti` of
RFC 7519; `token_type`.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.models import User
from chatsystem.errors import InvalidToken

LIFETIME = timedelta(hours=24)
REQUIRED = ("id", "username", "sub")  # simplejwt itself asks for `exp`, `jti` and `token_type`


class _AccessToken(Token):
    token_type = "access"  # noqa: S105  (a kind, not a password)
    lifetime = LIFETIME


def issue_access_token(user: User) -> str:
    """Return a new token for `user`."""
    token: Any = _AccessToken.for_user(user)
    token["id"] = str(user.pk)
    token["username"] = user.username
    return str(token)


def read_access_token(text: str) -> UUID:
    """Return the id of the person whom a token was issued to. Raises `InvalidToken`.

    Signature, times and claims are checked; whether the person is still there is the caller's question.
    """
    try:
        token: Any = _AccessToken(text.encode("ascii"))  # type: ignore[arg-type]  # the stub wants a Token
        missing = [claim for claim in REQUIRED if not isinstance(token.get(claim), str)]
        if missing or token["id"] != token["sub"]:
            raise InvalidToken
        return UUID(token["sub"])
    except (TokenError, ValueError) as error:
        raise InvalidToken from error
