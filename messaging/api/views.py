"""Sending messages."""

from rest_framework import status
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.http import UserRequest
from messaging.api.serializers import NewMessage, show_message
from messaging.services.sending import send_message


class SendViewSet(ViewSet):
    """Sending, which has an address of its own in the old service."""

    http_method_names = ("post",)

    def create(self, request: UserRequest) -> Response:
        """Send a message: 201 with the message; 400 for content or recipient; 503 when it may have arrived or not."""
        new = NewMessage(data=request.data)
        new.is_valid(raise_exception=True)
        message = send_message(sender=request.user, **new.validated_data)
        return Response(show_message(message), status=status.HTTP_201_CREATED)
