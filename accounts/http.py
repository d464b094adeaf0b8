"""Requests whose person is known."""

from rest_framework.request import Request

from accounts.models import User


class UserRequest(Request):
    """A request to the API that was authenticated: `user` is never anonymous."""

    user: User
