"""Requests whose person is known."""

from typing import Protocol
from uuid import UUID

from rest_framework.request import Request

from accounts.models import User


class Known(Protocol):
    """By what somebody was recognised: an access token, or a browser's session."""

    @property
    def session_id(self) -> UUID:
        """Which of the person's log-ins it is."""


class UserRequest(Request):
    """A request to the API that was authenticated: `user` is never anonymous, `auth` says by which session."""

    user: User
    auth: Known
