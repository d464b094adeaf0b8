"""Registering, logging in, staying logged in, logging out."""

from typing import Any

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.api.serializers import Credentials, PersonSerializer, RefreshTokenSerializer, Registration
from accounts.api.views import PersonalViewSet
from accounts.devices import device_of
from accounts.http import UserRequest
from accounts.models import Session
from accounts.services.login import log_in_program
from accounts.services.refreshing import Grant, refresh
from accounts.services.registration import register
from accounts.services.sessions import close_session
from accounts.tokens import LIFETIME, issue_access_token
from chatsystem.addresses import client_address


class AuthViewSet(ViewSet):
    """Open to everyone."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("post",)

    def register(self, request: Request) -> Response:
        """Make an account: 201 with `id` and `username`; 400 for what can't be; 409 for a name that is taken.

        An `email` may be given; it counts once its link was opened.
        """
        registration = Registration(data=request.data)
        registration.is_valid(raise_exception=True)
        person = register(**registration.validated_data, address=client_address(request))
        return Response(PersonSerializer(person).data, status=status.HTTP_201_CREATED)

    def login(self, request: Request) -> Response:
        """Log in: 200 with an access token of 24 hours, a refresh token and the person; 401 without telling why not."""
        credentials = Credentials(data=request.data)
        credentials.is_valid(raise_exception=True)
        granted = log_in_program(
            **credentials.validated_data,
            address=client_address(request),
            device=device_of(request.headers.get("User-Agent", "")),
        )
        return Response(show_grant(granted))

    def refresh(self, request: Request) -> Response:
        """Trade a refresh token, which is good for once, for new tokens: 200 as by logging in, or 401."""
        asked = RefreshTokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(show_grant(refresh(token=asked.validated_data["refresh_token"])))


class LogoutViewSet(PersonalViewSet):
    """The end of the session that asks."""

    change_policy = None  # as for ending others
    http_method_names = ("post",)

    def create(self, request: UserRequest) -> Response:
        """End this session: 204, and its tokens are worth nothing from the next request on."""
        close_session(request.user, request.auth.session_id, Session.End.LOGGED_OUT)
        return Response(status=status.HTTP_204_NO_CONTENT)


def show_grant(granted: Grant) -> dict[str, Any]:
    """Return what a client gets after logging in: the old service's `token` and `data`, and what we add."""
    return {
        "token": issue_access_token(granted.person, granted.session.pk),
        "data": PersonSerializer(granted.person).data,
        "refresh_token": granted.refresh_token,
        "expires_in": int(LIFETIME.total_seconds()),  # seconds that `token` is good for
    }
