"""Searching."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.http import QueryDict
from rest_framework.response import Response

from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from chatsystem.errors import InvalidQuery
from chatsystem.limits import DEFAULT_PAGE_SIZE
from messaging.api.queries import DATE, read_cursor, read_limit, read_zone
from messaging.api.serializers import show_message
from messaging.search import Found
from messaging.services.history import Day
from messaging.services.search import Filters, search_messages
from messaging.types import EPOCH, Cursor, last_id_at, timestamp_of

MICROSECOND = timedelta(microseconds=1)


class SearchViewSet(PersonalViewSet):
    """Searching in what one sent and got."""

    http_method_names = ("get", "head")

    def list(self, request: UserRequest) -> Response:
        """Return messages with all words and "quoted phrases" of `q`, newest first, and how far back was looked.

        Only the conversation `with` somebody, only what is `from` somebody, only `since` and `until` moments or dates
        (of the time zone `tz`; `until` has the whole day); `before` a place, up to `limit` messages.
        """
        asked = request.query_params
        found = search_messages(
            owner=request.user,
            text=asked.get("q", ""),
            filters=Filters(
                peer=asked.get("with"),
                sender=asked.get("from"),
                since=_read_moment(asked, "since"),
                until=_read_moment(asked, "until", days=1),
            ),
            before=read_cursor(asked, "before"),
            limit=read_limit(asked, default=DEFAULT_PAGE_SIZE),
        )
        return Response(show_found(found), headers=_link(request, found))


def show_found(found: Found) -> dict[str, Any]:
    """Return what was found as the API shows it; `older` is what to ask for `before` to look further back."""
    return {
        "messages": [show_message(message) for message in found.messages],
        "older": found.older and found.older.encode(),
        "searched_back_to": found.reached and timestamp_of(found.reached),
        "complete": found.older is None,
    }


def _link(request: UserRequest, found: Found) -> dict[str, str] | None:
    """Return the link to what is further back (RFC 8288)."""
    if found.older is None:
        return None
    asked = request.query_params.copy()
    asked["before"] = found.older.encode()
    return {"Link": f'<{quote(request.path)}?{asked.urlencode()}>; rel="older"'}


def _read_moment(asked: QueryDict, name: str, *, days: int = 0) -> Cursor | None:
    """Return the place just before a moment, or before the beginning of a date or of that `days` later."""
    text = asked.get(name)
    if text is None:
        return None
    try:
        if DATE.fullmatch(text):
            return Day(date.fromisoformat(text) + timedelta(days=days), read_zone(asked)).begins
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return Cursor(last_id_at(max((moment.astimezone(UTC) - EPOCH) // MICROSECOND, 1) - 1))
    except (ValueError, OverflowError) as error:
        message = "A date is written as 2026-11-24, a moment as 2026-11-24T18:30:00Z or with +01:00 for the Z."
        raise InvalidQuery.of(name, "invalid_moment", message) from error
