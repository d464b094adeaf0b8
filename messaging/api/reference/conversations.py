"""Conversations, and what one decides about them."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from chatsystem import errors
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.errors import FieldError, InvalidPayload, InvalidQuery
from chatsystem.limits import DEFAULT_CONVERSATIONS, MAX_CONVERSATIONS, MAX_PAGE_SIZE, PREVIEW_LENGTH
from messaging.api.conversations import ConversationViewSet, Flags
from messaging.api.reference.examples import ANSWER, HELLO
from messaging.api.reference.parameters import BEFORE, CURSOR, LIMIT_FAULTS, PEER, limit, parameter
from messaging.api.reference.shapes import TIMESTAMP
from messaging.api.reference.tags import CONVERSATIONS
from messaging.api.reference.unread import CountSerializer

BOB, NOBODY = {"username": "bob"}, {"username": "nobody"}
UNREAD = {
    "peer": "bob",
    "last": {**{name: ANSWER[name] for name in ("id", "sender", "timestamp")}, "preview": ANSWER["content"]},
    "unread": {"count": 1, "more": False},
    "read_up_to": HELLO["id"],
    "unread_from": None,
    "muted": False,
    "archived": False,
}
READ = {**UNREAD, "unread": {"count": 0, "more": False}, "read_up_to": ANSWER["id"]}
PLACE_IN_TIME = ("invalid", "in_the_future")


class FlagsSerializer(Flags):
    """What one can set: all that isn't there stays."""

    muted = serializers.BooleanField(required=False)  # type: ignore[assignment]  # the field that DRF has a schema for
    archived = serializers.BooleanField(required=False)  # type: ignore[assignment]  # as above


class ReadPlaceSerializer(serializers.Serializer[Any]):
    """What marking as read takes."""

    up_to = serializers.UUIDField(help_text="A message's `id`: it and all before it are read then.")


class LastMessageSerializer(serializers.Serializer[Any]):
    """The newest message, as a list shows it."""

    id = serializers.UUIDField()
    sender = serializers.CharField(help_text="The username at the time of sending.")
    preview = serializers.CharField(
        max_length=PREVIEW_LENGTH,
        allow_null=True,
        help_text="How its content begins, in one line; null where it was deleted for everyone.",
    )
    timestamp = serializers.RegexField(TIMESTAMP, help_text="RFC 3339 in UTC with nine decimals.")


class ConversationSerializer(serializers.Serializer[Any]):
    """One's own side of a conversation."""

    peer = serializers.CharField(help_text="Whom it is with: the username.")
    last = LastMessageSerializer(allow_null=True, help_text="Null where one removed all of one's copies.")
    unread = CountSerializer()
    read_up_to = serializers.UUIDField(allow_null=True, help_text="The newest message that one has read.")
    unread_from = serializers.UUIDField(allow_null=True, help_text="The first one that one marked as unread.")
    muted = serializers.BooleanField(help_text="Clients don't make a noise.")
    archived = serializers.BooleanField(help_text="Clients show it elsewhere.")


class ConversationsSerializer(serializers.Serializer[Any]):
    """Some of one's conversations."""

    conversations = ConversationSerializer(
        many=True, help_text=f"That with the newest message first, {MAX_PAGE_SIZE} at most."
    )
    older = serializers.RegexField(CURSOR, allow_null=True, help_text="What to ask for `before`; null at the end.")


describe(
    ConversationViewSet,
    list=endpoint(
        name="listConversations",
        tag=CONVERSATIONS,
        summary="List one's conversations",
        text="Hidden ones aren't among them. One that got a message while one pages stands on the first page from then "
        f"on. A page may be short, or empty, and have an `older`. Up to {MAX_CONVERSATIONS:,} can be reached.",
        parameters=[
            BEFORE,
            limit(DEFAULT_CONVERSATIONS, "conversations"),
            parameter("unread", {"type": "boolean"}, "Only those with something to read, or only the others."),
            parameter("archived", {"type": "boolean"}, "Only archived ones, or only the others."),
        ],
        answer=ConversationsSerializer,
        refusals=[errors.StorageUnavailable],
        faults={
            "before": ("invalid_cursor",),
            "limit": LIMIT_FAULTS,
            "unread": ("invalid",),
            "archived": ("invalid",),
        },
        examples=[
            Example(
                "unread",
                "Those with something to read",
                query={"unread": "true", "limit": 25},
                answer={"conversations": [UNREAD], "older": None},
            ),
            Example(
                "maybe",
                "Neither these nor the others",
                query={"archived": "maybe"},
                answer=InvalidQuery.of("archived", "invalid", "This is either true or false."),
            ),
        ],
    ),
    retrieve=endpoint(
        name="getConversation",
        tag=CONVERSATIONS,
        summary="Read one conversation, hidden or not",
        parameters=[PEER],
        answer=ConversationSerializer,
        refusals=[errors.ConversationNotFound, errors.StorageUnavailable],
        examples=[
            Example("unread", "One with something to read", path=BOB, answer=UNREAD),
            Example("stranger", "One that there isn't", path=NOBODY, answer=errors.ConversationNotFound()),
        ],
    ),
    partial_update=endpoint(
        name="changeConversation",
        tag=CONVERSATIONS,
        summary="Mute or archive a conversation",
        text="Only for oneself.",
        parameters=[PEER],
        request=FlagsSerializer,
        answer=ConversationSerializer,
        refusals=[errors.ConversationNotFound, errors.StorageUnavailable],
        faults={"muted": ("invalid", "null"), "archived": ("invalid", "null")},
        examples=[
            Example("muted", "Mute it", path=BOB, body={"muted": True}, answer={**READ, "muted": True}),
            Example(
                "a_word",
                "A word for it",
                path=BOB,
                body={"muted": "yes"},
                answer=InvalidPayload(errors=[FieldError("muted", "invalid", "This is either true or false.")]),
            ),
        ],
    ),
    destroy=endpoint(
        name="hideConversation",
        tag=CONVERSATIONS,
        summary="Hide a conversation until its next message",
        text="Only for oneself; nothing of it is deleted.",
        parameters=[PEER],
        status=204,
        refusals=[errors.ConversationNotFound, errors.StorageUnavailable],
        examples=[
            Example("bob", "One", path=BOB),
            Example("stranger", "One that there isn't", path=NOBODY, answer=errors.ConversationNotFound()),
        ],
    ),
    read=endpoint(
        name="markRead",
        tag=CONVERSATIONS,
        summary="Have a conversation be read up to a message",
        text="Also what was marked as unread. The place never moves back, whichever of one's devices tells last.",
        parameters=[PEER],
        request=ReadPlaceSerializer,
        answer=ConversationSerializer,
        refusals=[errors.ConversationNotFound, errors.StorageUnavailable],
        faults={"up_to": PLACE_IN_TIME},
        examples=[
            Example("all", "All of it", path=BOB, body={"up_to": ANSWER["id"]}, answer=READ),
            Example(
                "future",
                "What is still to come",
                path=BOB,
                body={"up_to": "ffffffff-ffff-1fff-8000-000000000000"},
                answer=InvalidPayload.of("up_to", "in_the_future", "No message is that new."),
            ),
        ],
    ),
    unread=endpoint(
        name="markUnread",
        tag=CONVERSATIONS,
        summary="Have a conversation be unread from a message on",
        text="Until something in it is read or sent again.",
        parameters=[PEER],
        request=inline_serializer(
            "UnreadPlace", {"from": serializers.UUIDField(help_text="The `id` of the first message to be unread.")}
        ),
        answer=ConversationSerializer,
        refusals=[errors.ConversationNotFound, errors.StorageUnavailable],
        faults={"from": PLACE_IN_TIME},
        examples=[
            Example(
                "last",
                "The last one",
                path=BOB,
                body={"from": ANSWER["id"]},
                answer={**UNREAD, "read_up_to": ANSWER["id"], "unread_from": ANSWER["id"], "muted": True},
            ),
            Example(
                "no_id",
                "What is no message's id",
                path=BOB,
                body={"from": "yesterday"},
                answer=InvalidPayload.of("from", "invalid", "This must be the id of a message."),
            ),
        ],
    ),
)
