"""One's own log-ins."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from accounts.api.reference.examples import OTHER_SESSION_ID, SESSION_ID
from accounts.api.sessions import SessionViewSet
from accounts.models import Session
from chatsystem import errors
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.limits import MAX_DEVICE_LENGTH, MAX_LISTED_SESSIONS

TAG = "Sessions"
TAGS = [
    {"name": TAG, "description": "One's own log-ins, of browsers and of programs. Ending one takes effect at once."}
]
CURRENT = {
    "id": SESSION_ID,
    "kind": "api",
    "device": "curl 8.5.0",
    "address_prefix": "203.0.113.0/24",
    "created_at": "2026-11-24T09:30:00.123456Z",
    "last_seen_at": "2026-11-24T09:30:00.123456Z",
    "current": True,
}
OTHER = {**CURRENT, "id": OTHER_SESSION_ID, "device": "Firefox on Android", "current": False}


class SessionSerializer(serializers.Serializer[Any]):
    """A log-in that hasn't ended."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Session.Kind.values)
    device = serializers.CharField(
        max_length=MAX_DEVICE_LENGTH, help_text="What the client calls itself: its own word, which proves nothing."
    )
    address_prefix = serializers.CharField(help_text="Where it was seen last; empty: not known.")
    created_at = serializers.DateTimeField(help_text="RFC 3339 in UTC.")
    last_seen_at = serializers.DateTimeField(help_text="To a few minutes.")
    current = serializers.BooleanField(help_text="Whether it's the one that asks.")


class SessionsSerializer(serializers.Serializer[Any]):
    """One's own log-ins."""

    sessions = SessionSerializer(
        many=True, help_text=f"The one that was seen last first, {MAX_LISTED_SESSIONS} at most."
    )


class EndedSerializer(serializers.Serializer[Any]):
    """What ending all others did."""

    ended = serializers.IntegerField(min_value=0, help_text="How many.")


describe(
    SessionViewSet,
    list=endpoint(
        name="listSessions",
        tag=TAG,
        summary="List one's sessions",
        answer=SessionsSerializer,
        examples=[Example("two", "Two log-ins", answer={"sessions": [OTHER, CURRENT]})],
    ),
    destroy=endpoint(
        name="endSession",
        tag=TAG,
        summary="End a session",
        status=204,
        parameters=[OpenApiParameter("session_id", str, OpenApiParameter.PATH, description="`id` of the list.")],
        refusals=[errors.SessionNotFound],
        examples=[
            Example("other", "A session of one's own", path={"session_id": OTHER_SESSION_ID}),
            Example(
                "gone",
                "One that has ended, or somebody else's",
                path={"session_id": OTHER_SESSION_ID},
                answer=errors.SessionNotFound(),
            ),
        ],
    ),
    destroy_others=endpoint(
        name="endOtherSessions",
        tag=TAG,
        summary="End all sessions but the one that asks",
        answer=EndedSerializer,
        examples=[Example("others", "There was one", answer={"ended": 1})],
    ),
)
