"""Requests whose person is known."""

from rest_framework.request import Request

from accounts.models import User
from accounts.tokens import AccessToken


class UserRequest(Request):
    """A request to the API that was authenticated: `user` is never anonymous, `auth` says by which session."""

    user: User
    auth: AccessToken
