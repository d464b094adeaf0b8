"""Catching up."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer
from rest_framework import serializers

from chatsystem import errors
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.errors import InvalidQuery
from chatsystem.limits import MAX_PAGE_SIZE, POLL_AFTER, SYNC_TOKEN_AGE
from messaging.api.reference.examples import (
    ANSWER,
    EDITED,
    FIRST_TOKEN,
    HELLO,
    SECOND_ETAG,
    SECOND_TOKEN,
    THIRD_TOKEN,
)
from messaging.api.reference.parameters import LIMIT_FAULTS, limit, parameter
from messaging.api.reference.shapes import MessageSerializer
from messaging.api.reference.tags import CATCHING_UP
from messaging.api.sync import SyncViewSet


class MessageChangeSerializer(serializers.Serializer[Any]):
    """Something happened to a message. It is in `messages` as it is now, unless one's copy was `removed`."""

    kind = serializers.ChoiceField(["sent", "edited", "redacted", "removed"], help_text="`redacted`: for everyone.")
    conversation = serializers.CharField(allow_null=True, help_text="Whom it is with: the username.")
    message_id = serializers.UUIDField()


class ReadChangeSerializer(serializers.Serializer[Any]):
    """A conversation was marked as read or unread; all that holds now, unless `conversation` is null."""

    kind = serializers.ChoiceField(["read"])
    conversation = serializers.CharField(allow_null=True, help_text="Whom it is with: the username.")
    message_id = serializers.UUIDField(help_text="The message that was named.")
    read_up_to = serializers.UUIDField(allow_null=True, required=False)
    unread_from = serializers.UUIDField(allow_null=True, required=False)


class FlagsChangeSerializer(serializers.Serializer[Any]):
    """A conversation was muted, archived or hidden, or not any more; all that holds now, as with `read`."""

    kind = serializers.ChoiceField(["flags"])
    conversation = serializers.CharField(allow_null=True, help_text="Whom it is with: the username.")
    message_id = serializers.UUIDField(help_text="Its newest message at that time.")
    muted = serializers.BooleanField(required=False)
    archived = serializers.BooleanField(required=False)
    hidden = serializers.BooleanField(required=False)


class NewsSerializer(serializers.Serializer[Any]):
    """What happened, in order."""

    messages = MessageSerializer(
        many=True, help_text="What was sent, edited or deleted for everyone: each once, as it is now."
    )
    changes = PolymorphicProxySerializer(
        "Change",
        [MessageChangeSerializer, ReadChangeSerializer, FlagsChangeSerializer],
        resource_type_field_name=None,
        many=True,
        help_text=f"The oldest first, {MAX_PAGE_SIZE} at most. Some come twice; kinds may be added.",
    )
    next = serializers.CharField(help_text="What to ask for `since` next time.")
    has_more = serializers.BooleanField(help_text="Whether there is more at once.")
    poll_after = serializers.IntegerField(
        min_value=0, max_value=POLL_AFTER, help_text="In how many seconds to ask again."
    )


def _news(token: str, *, messages: tuple[Any, ...] = (), changes: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {
        "messages": [*messages],
        "changes": [*changes],
        "next": token,
        "has_more": False,
        "poll_after": POLL_AFTER,
    }


def _change(kind: str, message: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"kind": kind, "conversation": "bob", "message_id": message["id"], **members}


describe(
    SyncViewSet,
    list=endpoint(
        name="catchUp",
        tag=CATCHING_UP,
        summary="Catch up with what happened",
        text="Without `since` it answers a token that begins now; read the history after that. Then ask with `next` of "
        "the newest answer, at once where `has_more`, and otherwise after `poll_after` seconds. Nothing is left out, "
        "but some things come more than once: put messages in by their ids.",
        parameters=[
            parameter(
                "since",
                {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
                f"`next` of one's own last answer. A token lasts {SYNC_TOKEN_AGE // 86_400} days.",
            ),
            limit(MAX_PAGE_SIZE, "changes"),
            OpenApiParameter(
                "If-None-Match", str, OpenApiParameter.HEADER, description="`ETag` of one's last answer (RFC 9110)."
            ),
        ],
        answer=NewsSerializer,
        headers=["ETag"],
        unchanged="Nothing happened, and the client has the answer that says so: go on with the same token.",
        refusals=[errors.SyncTokenExpired, errors.StorageUnavailable],
        faults={"since": ("invalid_sync_token",), "limit": LIMIT_FAULTS},
        examples=[
            Example("begin", "Begin now", answer=_news(FIRST_TOKEN)),
            Example(
                "news",
                "A message was sent",
                query={"since": FIRST_TOKEN},
                answer=_news(SECOND_TOKEN, messages=(HELLO,), changes=(_change("sent", HELLO),)),
            ),
            Example(
                "more_news",
                "An answer came, was read, and more",
                query={"since": SECOND_TOKEN},
                headers={"If-None-Match": SECOND_ETAG},
                answer=_news(
                    THIRD_TOKEN,
                    messages=(ANSWER, EDITED),
                    changes=(
                        _change("sent", ANSWER),
                        _change("read", ANSWER, read_up_to=ANSWER["id"], unread_from=None),
                        _change("flags", ANSWER, muted=True, archived=False, hidden=False),
                        _change("edited", HELLO),
                    ),
                ),
            ),
            Example(
                "no_token",
                "By what is no token",
                query={"since": "yesterday"},
                answer=InvalidQuery.of(
                    "since", "invalid_sync_token", "This is no place to go on from; take `next` of an answer."
                ),
            ),
        ],
    ),
)
