"""Confirming e-mail addresses."""

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.api.serializers import Confirmation
from accounts.services.emails import confirm_email


class EmailViewSet(ViewSet):
    """Open to everyone: the link says whose address it is."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("post",)

    def confirm(self, request: Request) -> Response:
        """Confirm an address by a link's token: 204; 400 `link_invalid`; 409 where another account has it by now."""
        confirmation = Confirmation(data=request.data)
        confirmation.is_valid(raise_exception=True)
        confirm_email(**confirmation.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)
