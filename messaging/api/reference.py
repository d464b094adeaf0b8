"""What the reference says of messages; see `chatsystem.api.reference`."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer
from rest_framework import serializers

from chatsystem import errors
from chatsystem.api.fields import Text
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.api.reference.problems import TEXT
from chatsystem.errors import InvalidPayload, InvalidQuery
from chatsystem.limits import (
    DEFAULT_NUMBERED_PAGE_SIZE,
    DEFAULT_PAGE_SIZE,
    MAX_CONTENT_BYTES,
    MAX_CONTENT_LENGTH,
    MAX_PAGE_SIZE,
    MAX_USERNAME_LENGTH,
)
from messaging.api.serializers import NewMessage
from messaging.api.views import MessageViewSet, SendViewSet

TAG = "Messages"
TAGS = [{"name": TAG, "description": "Sending messages, and browsing what one sent and got."}]

TIMESTAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$"
CURSOR = {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"}
HELLO = {
    "id": "1d8c2f0a-c92f-11f0-9d0c-6b1f6f0e2d11",
    "sender": "alice",
    "recipient": "bob",
    "timestamp": "2026-11-24T09:30:00.123456700Z",
    "content": "Hello, Bob!",
}
HELLO_CURSOR = "HYwvCskvEfCdDGsfbw4tEQ"


class NewMessageSerializer(NewMessage):
    """What sending takes."""

    recipient = Text(max_length=MAX_USERNAME_LENGTH, help_text="A username, whatever its case; one's own too.")
    content = Text(
        max_length=MAX_CONTENT_LENGTH,
        help_text=f"At most {MAX_CONTENT_BYTES} bytes in UTF-8. Not only white space, no control characters but tab "
        "and line ends. Kept exactly as it is.",
    )


class MessageSerializer(serializers.Serializer[Any]):
    """A message, the same for everyone who has it."""

    id = serializers.UUIDField(help_text="Of version 1: it tells the time.")
    sender = serializers.CharField(help_text="The username at the time of sending.")
    recipient = serializers.CharField(help_text="As `sender`.")
    timestamp = serializers.RegexField(TIMESTAMP, help_text="RFC 3339 in UTC with nine decimals.")
    content = serializers.CharField()


class PaginationSerializer(serializers.Serializer[Any]):
    """Where a numbered page stands."""

    currentPage = serializers.IntegerField(min_value=1)
    pageSize = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE)
    totalMessages = serializers.IntegerField(min_value=0)
    totalPages = serializers.IntegerField(min_value=0)


class NumberedPageSerializer(serializers.Serializer[Any]):
    """A page by `page` and `pageSize`; empty past the last one."""

    messages = MessageSerializer(many=True, help_text=f"The newest first, {MAX_PAGE_SIZE} at most.")
    pagination = PaginationSerializer()


class CursorPageSerializer(serializers.Serializer[Any]):
    """A page by `before` or `after`."""

    messages = MessageSerializer(many=True, help_text=f"The newest first, {MAX_PAGE_SIZE} at most.")
    found_oldest = serializers.BooleanField(help_text="Whether there is nothing older than this page.")
    found_newest = serializers.BooleanField(help_text="Whether there is nothing newer.")
    older = serializers.RegexField(CURSOR["pattern"], allow_null=True, help_text="What to ask for `before`.")
    newer = serializers.RegexField(
        CURSOR["pattern"], allow_null=True, help_text="What to ask for `after`, now or later."
    )


describe(
    SendViewSet,
    create=endpoint(
        name="sendMessage",
        tag=TAG,
        summary="Send a message",
        text="A 201 means that it is kept: both people have it, once. After a 503 it may have arrived, in all copies, "
        "or not at all.",
        request=NewMessageSerializer,
        status=201,
        answer=MessageSerializer,
        refusals=[errors.RecipientNotFound, errors.RecipientBlocked, errors.StorageUnavailable],
        faults={
            "recipient": (*TEXT, "too_long"),
            "content": (*TEXT, "too_long", "too_many_bytes", "control_character"),
        },
        examples=[
            Example("hello", "To somebody", body={"recipient": "bob", "content": "Hello, Bob!"}, answer=HELLO),
            Example(
                "nobody",
                "To nobody, as to somebody who takes none from this sender",
                body={"recipient": "nobody", "content": "Hello?"},
                answer=errors.RecipientNotFound(),
            ),
            Example(
                "blank",
                "White space alone",
                body={"recipient": "bob", "content": " \n"},
                answer=InvalidPayload.of("content", "blank", "A message must have more in it than white space."),
            ),
        ],
    ),
)


def parameter(name: str, schema: dict[str, Any], description: str) -> OpenApiParameter:
    """Return a parameter in the query."""
    return OpenApiParameter(name, schema, description=description)


NUMBER = {"type": "integer", "minimum": 1}
PAGE_SIZE = {**NUMBER, "maximum": MAX_PAGE_SIZE}

describe(
    MessageViewSet,
    list=endpoint(
        name="listMessages",
        tag=TAG,
        summary="Read a page of all that one sent and got",
        text="By cursor: ask with `limit`, then go on with `before` what `older` says. Walking so shows each message "
        "once, whatever arrives meanwhile; `after` what `newer` says catches up. By number, for clients of the old "
        "service: `page` and `pageSize`, with totals; far pages cost more. The two ways can't be mixed.",
        parameters=[
            parameter("before", CURSOR, "Messages older than this place. Not together with `after`."),
            parameter("after", CURSOR, "Messages newer than this place, those next to it."),
            parameter("limit", {**PAGE_SIZE, "default": DEFAULT_PAGE_SIZE}, "How many messages; more are refused."),
            parameter("page", {**NUMBER, "default": 1}, "Which page, from 1. What is no such number counts as 1."),
            parameter(
                "pageSize",
                {**PAGE_SIZE, "default": DEFAULT_NUMBERED_PAGE_SIZE},
                f"How many messages a page has. What is no such number counts as {DEFAULT_NUMBERED_PAGE_SIZE}; more "
                f"than {MAX_PAGE_SIZE} are refused.",
            ),
        ],
        answer=PolymorphicProxySerializer(
            "Page", [NumberedPageSerializer, CursorPageSerializer], resource_type_field_name=None, many=False
        ),
        refusals=[errors.StorageUnavailable],
        faults={
            "before": ("invalid_cursor", "exclusive"),
            "after": ("invalid_cursor", "exclusive"),
            "limit": ("invalid", "max_string_length", "out_of_range", "exclusive"),
            "pageSize": ("out_of_range",),
        },
        examples=[
            Example(
                "numbered",
                "The first page by number",
                query={"page": 1, "pageSize": 10},
                answer={
                    "messages": [HELLO],
                    "pagination": {"currentPage": 1, "pageSize": 10, "totalMessages": 1, "totalPages": 1},
                },
            ),
            Example(
                "newest",
                "The newest by cursor",
                query={"limit": 50},
                answer={
                    "messages": [HELLO],
                    "found_oldest": True,
                    "found_newest": True,
                    "older": None,
                    "newer": HELLO_CURSOR,
                },
            ),
            Example(
                "later",
                "What came since",
                query={"after": HELLO_CURSOR, "limit": 50},
                answer={
                    "messages": [],
                    "found_oldest": False,
                    "found_newest": True,
                    "older": None,
                    "newer": None,
                },
            ),
            Example(
                "too_large",
                "A page that is too large",
                query={"limit": MAX_PAGE_SIZE + 1},
                answer=InvalidQuery.of(
                    "limit", "out_of_range", f"A page has 1 to {MAX_PAGE_SIZE} messages.", MAX_PAGE_SIZE
                ),
            ),
        ],
    ),
)
