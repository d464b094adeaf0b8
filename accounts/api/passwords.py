"""Changing a password, and setting a new one that was forgotten."""

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.api.serializers import ForgottenPassword, PasswordChange, PasswordReset
from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from accounts.services.passwords import change_password, password_rules, request_reset, reset_password
from chatsystem.addresses import client_address
from chatsystem.limits import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH

ON_ITS_WAY = "If this address belongs to an account, a message with a link is on its way to it."


class PasswordViewSet(PersonalViewSet):
    """One's own password."""

    http_method_names = ("post",)

    def create(self, request: UserRequest) -> Response:
        """Change it, and end all other sessions: 204; 400 `wrong_password`, counted as a log-in that failed."""
        change = PasswordChange(data=request.data)
        change.is_valid(raise_exception=True)
        change_password(
            **change.validated_data,
            person=request.user,
            session_id=request.auth.session_id,
            address=client_address(request),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordRulesViewSet(ViewSet):
    """What a new password must be; open to everyone."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("get", "head")

    def list(self, request: Request) -> Response:
        """Tell the rules before they are broken: a sentence each, and lengths in characters."""
        return Response(
            {"rules": password_rules(), "min_length": MIN_PASSWORD_LENGTH, "max_length": MAX_PASSWORD_LENGTH}
        )


class ForgottenPasswordViewSet(ViewSet):
    """Open to everyone."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("post",)

    def request_link(self, request: Request) -> Response:
        """Send a link to a confirmed address: 202, whether or not anybody has it."""
        forgotten = ForgottenPassword(data=request.data)
        forgotten.is_valid(raise_exception=True)
        request_reset(**forgotten.validated_data, address=client_address(request))
        return Response({"message": ON_ITS_WAY}, status=status.HTTP_202_ACCEPTED)

    def reset(self, request: Request) -> Response:
        """Set a new password by a link's token, and end all sessions: 204; 400 `link_invalid`."""
        reset = PasswordReset(data=request.data)
        reset.is_valid(raise_exception=True)
        reset_password(**reset.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)
