"""How much is unread in all."""

from typing import Any

from rest_framework import serializers

from chatsystem import errors
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from messaging.api.conversations import UnreadViewSet
from messaging.api.reference.tags import CONVERSATIONS


class CountSerializer(serializers.Serializer[Any]):
    """How many messages of others are unread."""

    count = serializers.IntegerField(min_value=0, max_value=99)
    more = serializers.BooleanField(help_text="Whether there are, or may be, more than that.")


describe(
    UnreadViewSet,
    retrieve=endpoint(
        name="countUnread",
        tag=CONVERSATIONS,
        summary="Count what is unread in all conversations",
        text="Hidden ones aside.",
        answer=CountSerializer,
        refusals=[errors.StorageUnavailable],
        examples=[Example("one", "One message", answer={"count": 1, "more": False})],
    ),
    read_everything=endpoint(
        name="markEverythingRead",
        tag=CONVERSATIONS,
        summary="Have everything be read that came until now",
        status=204,
        refusals=[errors.StorageUnavailable],
    ),
)
