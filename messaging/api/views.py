"""Sending messages, and what can be done with one."""

from uuid import UUID

from rest_framework import status
from rest_framework.response import Response

from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from chatsystem.errors import InvalidQuery
from chatsystem.rate_limits import policies
from messaging.api.serializers import EditedMessage, NewMessage, show_message
from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.services.one_message import get_message
from messaging.services.sending import send_message, send_once

SEND_KEY = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"


class SendViewSet(PersonalViewSet):
    """Sending, which has an address of its own in the old service."""

    change_policy = policies.SEND
    http_method_names = ("post",)

    def create(self, request: UserRequest) -> Response:
        """Send a message: 201 with the message; 400 for content or recipient; 503 when it may have arrived or not.

        With an `Idempotency-Key` it can be repeated for 24 hours: the same 201, marked as a replay, and no second
        message; 422 for another body with the same key.
        """
        new = NewMessage(data=request.data)
        new.is_valid(raise_exception=True)
        key = request.headers.get(SEND_KEY)
        if key is None:
            message, replayed = send_message(sender=request.user, **new.validated_data), False
        else:
            sent = send_once(sender=request.user, key=key, **new.validated_data)
            message, replayed = sent.message, sent.replayed
        headers = {REPLAYED: "true"} if replayed else None
        return Response(show_message(message), status=status.HTTP_201_CREATED, headers=headers)


class OneMessageViewSet(PersonalViewSet):
    """One message that one sent or got. Whatever else an id may stand for is a 404."""

    change_policy = policies.SEND
    http_method_names = ("get", "head", "patch", "delete")

    def retrieve(self, request: UserRequest, message_id: UUID) -> Response:
        """Return it."""
        return Response(show_message(get_message(owner=request.user, message_id=message_id)))

    def partial_update(self, request: UserRequest, message_id: UUID) -> Response:
        """Edit one's own message: 200 with it; 403 for another's; 409 when it is too old, or deleted for everyone."""
        edited = EditedMessage(data=request.data)
        edited.is_valid(raise_exception=True)
        message = edit_message(author=request.user, message_id=message_id, **edited.validated_data)
        return Response(show_message(message))

    def destroy(self, request: UserRequest, message_id: UUID) -> Response:
        """Remove one's copy (`for=me`, the default), or delete one's own message `for=everyone`: 204."""
        match request.query_params.get("for", "me"):
            case "me":
                remove_message(owner=request.user, message_id=message_id)
            case "everyone":
                delete_for_everyone(author=request.user, message_id=message_id)
            case _:
                raise InvalidQuery.of("for", "invalid_choice", "A message is deleted for me or for everyone.")
        return Response(status=status.HTTP_204_NO_CONTENT)
