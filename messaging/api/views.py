"""Sending and reading messages."""

from rest_framework import status
from rest_framework.response import Response

from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from chatsystem.api.fields import lenient_number
from chatsystem.errors import InvalidQuery
from chatsystem.limits import DEFAULT_NUMBERED_PAGE_SIZE
from chatsystem.rate_limits import policies
from messaging.api.serializers import (
    CursorQuery,
    NewMessage,
    show_message,
    show_numbered_page,
    show_page,
)
from messaging.services.history import read_inbox, show_inbox_page
from messaging.services.sending import send_message


class SendViewSet(PersonalViewSet):
    """Sending, which has an address of its own in the old service."""

    change_policy = policies.SEND
    http_method_names = ("post",)

    def create(self, request: UserRequest) -> Response:
        """Send a message: 201 with the message; 400 for content or recipient; 503 when it may have arrived or not."""
        new = NewMessage(data=request.data)
        new.is_valid(raise_exception=True)
        message = send_message(sender=request.user, **new.validated_data)
        return Response(show_message(message), status=status.HTTP_201_CREATED)


class MessageViewSet(PersonalViewSet):
    """All that one sent and got."""

    http_method_names = ("get", "head")

    def list(self, request: UserRequest) -> Response:
        """Return a page of one's inbox, newest first: by `before`, `after`, `limit`, or else by `page`, `pageSize`."""
        asked = request.query_params.keys()
        by_cursor = asked & {"before", "after", "limit"}
        if not by_cursor:
            return self._numbered(request)
        if asked & {"page", "pageSize"}:
            field = sorted(by_cursor)[0]
            raise InvalidQuery.of(field, "exclusive", "Ask by page and pageSize, or by before, after and limit.")
        query = CursorQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(show_page(read_inbox(owner=request.user, **query.validated_data)))

    def _numbered(self, request: UserRequest) -> Response:
        asked = request.query_params
        number = lenient_number(asked.get("page"), default=1)
        size = lenient_number(asked.get("pageSize"), default=DEFAULT_NUMBERED_PAGE_SIZE)
        return Response(show_inbox_page(owner=request.user, number=number, size=size, show=show_numbered_page))
