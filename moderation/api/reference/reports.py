"""One's own reports."""

from typing import Any

from rest_framework import serializers

from chatsystem import errors
from chatsystem.api.fields import Text
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.api.reference.problems import TEXT
from chatsystem.errors import InvalidPayload
from chatsystem.limits import EVIDENCE_CONTEXT, MAX_LISTED_REPORTS, MAX_REPORT_LENGTH
from messaging.api.reference.examples import ANSWER, HELLO, UNKNOWN_ID
from messaging.api.reference.parameters import LIMIT_FAULTS, NUMBER, parameter
from moderation.api.reports import ReportViewSet
from moderation.models import Case, Report
from moderation.services.reports import DEFAULT_LIMIT

TAG = "Reports"
TAGS = [{"name": TAG, "description": "Telling moderators of a message or a person, and hearing what came of it."}]
REPORT_ID = "a1f0c6d4-52b7-4e0f-9c1a-3f8e7b6d5c40"
OF_MESSAGE = {
    "id": REPORT_ID,
    "message_id": ANSWER["id"],
    "username": "bob",
    "category": "spam",
    "words": "He sends this to everybody.",
    "created_at": "2026-11-24T10:00:00.123456Z",
    "state": "open",
    "outcome": None,
    "decided_at": None,
}
OF_PERSON = {
    **OF_MESSAGE,
    "id": "d7b2e9a3-6c41-4f58-8e0d-1a9c5b7f2e63",
    "message_id": None,
    "category": "harassment",
    "words": "",
}
WORDS = f"At most {MAX_REPORT_LENGTH} characters, without control characters but tab and line ends."


class NewReportSerializer(serializers.Serializer[Any]):
    """What reporting takes: `message_id` or `username`, one of the two."""

    message_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="A message that somebody else wrote and that one has."
    )
    username = Text(required=False, allow_null=True, help_text="Somebody else, whatever the name's case.")
    category = serializers.ChoiceField(Report.Category.choices)
    words = Text(required=False, allow_blank=True, max_length=MAX_REPORT_LENGTH, help_text=WORDS)


class ReportSerializer(serializers.Serializer[Any]):
    """A report, as whoever made it sees it."""

    id = serializers.UUIDField()
    message_id = serializers.UUIDField(allow_null=True, help_text="Null where a person is reported.")
    username = serializers.CharField(help_text="Who is reported, or wrote what is: the name at that time.")
    category = serializers.ChoiceField(Report.Category.choices)
    words = serializers.CharField(help_text=WORDS)
    created_at = serializers.DateTimeField(help_text="RFC 3339 in UTC.")
    state = serializers.ChoiceField(
        Case.State.values,
        help_text="`open`: nobody has looked yet; `assigned`: somebody does; `resolved`: something was done about it;"
        " `rejected`: nothing was.",
    )
    outcome = serializers.ChoiceField(
        Case.Decision.values,
        allow_null=True,
        help_text="What was done: `nothing`, `redact` (the message was deleted for everyone) or `suspend` (the account"
        " was). Null: not decided yet.",
    )
    decided_at = serializers.DateTimeField(allow_null=True, help_text="RFC 3339 in UTC.")


class ReportsSerializer(serializers.Serializer[Any]):
    """Some of one's own reports."""

    reports = ReportSerializer(many=True, help_text=f"The last one first, {MAX_LISTED_REPORTS} at most.")
    older = serializers.UUIDField(allow_null=True, help_text="What to ask for `before`; null at the end.")


BOTH = "A report is of a message or of a person: give either message_id or username."

describe(
    ReportViewSet,
    list=endpoint(
        name="listReports",
        tag=TAG,
        summary="List one's own reports",
        text="Each with what became of it; not by whom.",
        parameters=[
            parameter(
                "before", {"type": "string", "format": "uuid"}, "Only older ones: what `older` of an answer says."
            ),
            parameter(
                "limit",
                {**NUMBER, "maximum": MAX_LISTED_REPORTS, "default": DEFAULT_LIMIT},
                "How many reports; more are refused.",
            ),
        ],
        answer=ReportsSerializer,
        faults={"limit": LIMIT_FAULTS, "before": ("invalid_cursor",)},
        examples=[
            Example(
                "newest", "The newest", query={"limit": 1}, answer={"reports": [OF_PERSON], "older": OF_PERSON["id"]}
            ),
            Example(
                "older",
                "What came before it",
                query={"before": OF_PERSON["id"]},
                answer={"reports": [OF_MESSAGE], "older": None},
            ),
        ],
    ),
    create=endpoint(
        name="report",
        tag=TAG,
        summary="Report a message or a person",
        text=f"Moderators see what one sees oneself at this moment: the message with {EVIDENCE_CONTEXT} others on each "
        "side, or the newest ones with that person. It is kept, whatever becomes of the messages. The reported aren't "
        "told. Reporting the same again answers with the first report, which stays as it was.",
        status=201,
        request=NewReportSerializer,
        answer=ReportSerializer,
        refusals=[
            errors.MessageNotFound,
            errors.PersonNotFound,
            errors.CannotReportYourself,
            errors.StorageUnavailable,
        ],
        faults={
            "message_id": ("invalid", "exclusive"),
            "username": ("invalid", "blank"),
            "category": (*TEXT, "invalid_choice"),
            "words": ("invalid", "null", "too_long", "control_character"),
        },
        examples=[
            Example(
                "message",
                "A message",
                body={"message_id": ANSWER["id"], "category": "spam", "words": OF_MESSAGE["words"]},
                answer=OF_MESSAGE,
            ),
            Example("person", "A person", body={"username": "bob", "category": "harassment"}, answer=OF_PERSON),
            Example(
                "own",
                "What one wrote oneself",
                body={"message_id": HELLO["id"], "category": "spam"},
                answer=errors.CannotReportYourself(),
            ),
            Example(
                "unknown",
                "A message that one doesn't have",
                body={"message_id": UNKNOWN_ID, "category": "spam"},
                answer=errors.MessageNotFound(),
            ),
            Example(
                "nobody",
                "Somebody who isn't there",
                body={"username": "nobody", "category": "spam"},
                answer=errors.PersonNotFound(),
            ),
            Example(
                "both",
                "A message and a person",
                body={"message_id": ANSWER["id"], "username": "bob", "category": "spam"},
                answer=InvalidPayload.of("message_id", "exclusive", BOTH),
            ),
        ],
    ),
)
