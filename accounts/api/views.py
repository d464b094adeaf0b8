"""Registering and logging in."""

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.api.serializers import Credentials, PersonSerializer
from accounts.services.login import log_in
from accounts.services.registration import register
from accounts.tokens import issue_access_token


class AuthViewSet(ViewSet):
    """Open to everyone."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("post",)

    def register(self, request: Request) -> Response:
        """Make an account: 201 with `id` and `username`; 400 for what can't be; 409 for a name that is taken."""
        credentials = Credentials(data=request.data)
        credentials.is_valid(raise_exception=True)
        person = register(**credentials.validated_data)
        return Response(PersonSerializer(person).data, status=status.HTTP_201_CREATED)

    def login(self, request: Request) -> Response:
        """Log in: 200 with an access token of 24 hours and the person; 401 without telling what was wrong."""
        credentials = Credentials(data=request.data)
        credentials.is_valid(raise_exception=True)
        person = log_in(**credentials.validated_data)
        return Response({"token": issue_access_token(person), "data": PersonSerializer(person).data})
