"""One's own reports."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.response import Response

from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from chatsystem.api.fields import Text
from chatsystem.errors import InvalidPayload
from chatsystem.rate_limits import policies
from messaging.api.queries import read_limit
from moderation.services.reports import DEFAULT_LIMIT, Told, list_reports, read_place, report_message, report_person


class NewReport(serializers.Serializer[Any]):
    """What reporting takes: either a message or a person."""

    message_id = serializers.UUIDField(default=None, allow_null=True)
    username = Text(default=None, allow_null=True)
    category = Text()
    words = Text(default="", allow_blank=True)

    def validate(self, attrs: Any) -> Any:
        """Take one of the two."""
        if (attrs["message_id"] is None) == (attrs["username"] is None):
            message = "A report is of a message or of a person: give either message_id or username."
            raise InvalidPayload.of("message_id", "exclusive", message)
        return attrs


class ReportViewSet(PersonalViewSet):
    """What one reported, and what became of it."""

    change_policy = policies.REPORT
    http_method_names = ("get", "head", "post")

    def list(self, request: UserRequest) -> Response:
        """Return one's own reports, the newest first, each with its state and what was decided; not by whom."""
        asked = request.query_params
        limit = read_limit(asked, default=DEFAULT_LIMIT)
        page = list_reports(reporter=request.user, before=read_place(asked.get("before")), limit=limit)
        return Response({"reports": [asdict(told) for told in page.reports], "older": page.older})

    def create(self, request: UserRequest) -> Response:
        """Report a message or a person: 201, also where one did before, with what one reported first.

        404 for a message that one doesn't have, whatever the reason, and for a name that nobody has.
        """
        new = NewReport(data=request.data)
        new.is_valid(raise_exception=True)
        return Response(asdict(_report(request, **new.validated_data)), status=status.HTTP_201_CREATED)


def _report(request: UserRequest, message_id: UUID | None, username: str | None, category: str, words: str) -> Told:
    if message_id is not None:
        return report_message(reporter=request.user, message_id=message_id, category=category, words=words)
    return report_person(reporter=request.user, username=username or "", category=category, words=words)
