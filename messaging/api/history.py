"""Reading what one sent and got."""

from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.http import UserRequest
from chatsystem.api.fields import lenient_number
from chatsystem.errors import InvalidQuery
from chatsystem.limits import DEFAULT_NUMBERED_PAGE_SIZE
from messaging.api.serializers import CursorQuery, show_numbered_page, show_page
from messaging.services.history import read_inbox, show_inbox_page


class MessageViewSet(ViewSet):
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
