"""Reading what one sent and got, all of it or with one person."""

from urllib.parse import quote

import orjson
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from chatsystem.api.fields import lenient_number
from chatsystem.errors import InvalidQuery
from chatsystem.limits import DEFAULT_NUMBERED_PAGE_SIZE, DEFAULT_PAGE_SIZE
from messaging.api.queries import PLACES, read_limit, read_place
from messaging.api.serializers import show_numbered_page, show_page
from messaging.services.history import show_conversation, show_inbox, show_inbox_page
from messaging.types import Page


class MessageViewSet(PersonalViewSet):
    """All that one sent and got."""

    http_method_names = ("get", "head")

    def list(self, request: UserRequest) -> Response:
        """Return a page of one's inbox, newest first.

        By `before`, `after`, `around` or `date` with `tz`, and `limit`; or else by `page` and `pageSize`.
        """
        asked = request.query_params
        by_place = asked.keys() & {*PLACES, "limit"}
        if not by_place:
            return self._numbered(request)
        if asked.keys() & {"page", "pageSize"}:
            message = "Ask by page and pageSize, or by limit and a place."
            raise InvalidQuery.of(sorted(by_place)[0], "exclusive", message)
        limit = read_limit(asked, default=DEFAULT_PAGE_SIZE)
        shown = show_inbox(owner=request.user, show=show_linked_page, limit=limit, place=read_place(asked))
        return answer_page(request, shown, limit=limit)

    def _numbered(self, request: UserRequest) -> Response:
        asked = request.query_params
        number = lenient_number(asked.get("page"), default=1)
        size = lenient_number(asked.get("pageSize"), default=DEFAULT_NUMBERED_PAGE_SIZE)
        return Response(show_inbox_page(owner=request.user, number=number, size=size, show=show_numbered_page))


class ConversationMessageViewSet(PersonalViewSet):
    """What one person and another sent each other."""

    http_method_names = ("get", "head")

    def list(self, request: UserRequest, username: str) -> Response:
        """Return a page of a conversation, newest first, by `before`, `after`, `around` or `date`, and `limit`."""
        asked = request.query_params
        limit = read_limit(asked, default=DEFAULT_PAGE_SIZE)
        shown = show_conversation(
            owner=request.user, username=username, show=show_linked_page, limit=limit, place=read_place(asked)
        )
        return answer_page(request, shown, limit=limit)


def show_linked_page(page: Page) -> bytes:
    """Return a page as it is cached: a line with the places that it links to, and the answer."""
    shown = show_page(page)
    return f"{shown['older'] or ''},{shown['newer'] or ''}\n".encode() + orjson.dumps(shown)


def answer_page(request: Request, shown: bytes, *, limit: int) -> Response:
    """Return the answer in what `show_linked_page` returned, with its links (RFC 8288)."""
    places, _, body = shown.partition(b"\n")
    older, newer = places.decode().split(",")
    address = quote(request.path)
    links = [
        f'<{address}?{parameter}={place}&limit={limit}>; rel="{relation}"'
        for parameter, place, relation in (("before", older, "older"), ("after", newer, "newer"))
        if place
    ]
    return Response(body, headers={"Link": ", ".join(links)} if links else None)
