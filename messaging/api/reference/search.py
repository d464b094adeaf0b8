"""Searching."""

from typing import Any

from rest_framework import serializers

from chatsystem import errors
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.errors import InvalidQuery
from chatsystem.limits import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, MAX_QUERY_LENGTH, SEARCH_ROWS
from messaging.api.reference.examples import ANSWER, HELLO
from messaging.api.reference.parameters import BEFORE, CURSOR, LIMIT_FAULTS, TIME_ZONE, limit, parameter
from messaging.api.reference.shapes import TIMESTAMP, MessageSerializer
from messaging.api.reference.tags import MESSAGES
from messaging.api.search import SearchViewSet

MOMENT = {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}


class FoundSerializer(serializers.Serializer[Any]):
    """What was found, and how far back was looked. There may be more, though nothing was found."""

    messages = MessageSerializer(many=True, help_text=f"The newest first, {MAX_PAGE_SIZE} at most.")
    older = serializers.RegexField(CURSOR, allow_null=True, help_text="What to ask for `before`, to look further back.")
    searched_back_to = serializers.RegexField(
        TIMESTAMP, allow_null=True, help_text="When the oldest message was sent that was looked at; null: none was."
    )
    complete = serializers.BooleanField(help_text="Whether all was looked at.")


describe(
    SearchViewSet,
    list=endpoint(
        name="searchMessages",
        tag=MESSAGES,
        summary="Search what one sent and got",
        text="Finds messages that have all words and phrases, as they are now; words are found in words, whatever case "
        f"and accents. A request looks at {SEARCH_ROWS:,} messages at most: until `complete`, go on with `before` what "
        "`older` says.",
        parameters=[
            parameter(
                "q",
                {"type": "string", "minLength": 1, "maxLength": MAX_QUERY_LENGTH},
                'Words, and "quoted phrases". There must be one.',
            ),
            parameter("with", {"type": "string"}, "Only the conversation with this person: a username."),
            parameter("from", {"type": "string"}, "Only what this person sent: a username, maybe one's own."),
            parameter("since", MOMENT, "Only from this moment on, or from the beginning of this day."),
            parameter("until", MOMENT, "Only before this moment, or up to the end of this day."),
            TIME_ZONE,
            BEFORE,
            limit(DEFAULT_PAGE_SIZE, "messages"),
        ],
        answer=FoundSerializer,
        headers=["Link"],
        refusals=[errors.ConversationNotFound, errors.StorageUnavailable],
        faults={
            "q": ("blank", "too_long"),
            "since": ("invalid_moment",),
            "until": ("invalid_moment",),
            "tz": ("invalid_time_zone",),
            "before": ("invalid_cursor",),
            "limit": LIMIT_FAULTS,
        },
        examples=[
            Example(
                "word",
                "A word in a conversation",
                query={"q": "hello", "with": "bob"},
                answer={
                    "messages": [ANSWER, HELLO],
                    "older": None,
                    "searched_back_to": HELLO["timestamp"],
                    "complete": True,
                },
            ),
            Example(
                "blank",
                "Nothing to look for",
                query={"q": " "},
                answer=InvalidQuery.of("q", "blank", "There must be something to look for."),
            ),
        ],
    ),
)
