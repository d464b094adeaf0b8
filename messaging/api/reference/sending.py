"""Sending."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from chatsystem import errors
from chatsystem.api.fields import Text
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.api.reference.problems import TEXT
from chatsystem.errors import InvalidPayload
from chatsystem.limits import MAX_SEND_KEY_LENGTH, MAX_USERNAME_LENGTH, SEND_KEY_TTL
from messaging.api.reference.examples import HELLO, SEND_KEY
from messaging.api.reference.shapes import CONTENT, CONTENT_FAULTS, MessageSerializer
from messaging.api.reference.tags import MESSAGES
from messaging.api.serializers import NewMessage
from messaging.api.views import REPLAYED, SendViewSet
from messaging.api.views import SEND_KEY as HEADER

KEY = {"type": "string", "minLength": 1, "maxLength": MAX_SEND_KEY_LENGTH, "pattern": "^[!-~]+$"}
BODY = {"recipient": "bob", "content": "Hello, Bob!"}


class NewMessageSerializer(NewMessage):
    """What sending takes."""

    recipient = Text(max_length=MAX_USERNAME_LENGTH, help_text="A username, whatever its case; one's own too.")
    content = Text(**CONTENT)
    reply_to = serializers.UUIDField(
        default=None, allow_null=True, help_text="The message of this conversation that it answers."
    )


describe(
    SendViewSet,
    create=endpoint(
        name="sendMessage",
        tag=MESSAGES,
        summary="Send a message",
        text="A 201 means that it is kept: both people have it, once. After a 503 it may have arrived, in all copies, "
        f"or not at all. With an `{HEADER}` the same request can be sent again for {SEND_KEY_TTL // 3_600} hours, "
        "whatever became of the first: it is answered with the same message, and there is no second one.",
        parameters=[
            OpenApiParameter(
                HEADER,
                KEY,
                OpenApiParameter.HEADER,
                description="A name for this send that no other of the same person has, such as a UUID. A refused "
                "send leaves it free.",
            )
        ],
        request=NewMessageSerializer,
        status=201,
        answer=MessageSerializer,
        headers=[REPLAYED],
        refusals=[
            errors.RecipientNotFound,
            errors.RecipientBlocked,
            errors.ReplyNotFound,
            errors.InvalidIdempotencyKey,
            errors.IdempotencyKeyReused,
            errors.ReadOnly,
            errors.StorageUnavailable,
        ],
        faults={
            "recipient": (*TEXT, "too_long"),
            "content": (*TEXT, *CONTENT_FAULTS),
            "reply_to": ("invalid",),
        },
        examples=[
            Example("hello", "To somebody", headers={HEADER: SEND_KEY}, body=BODY, answer=HELLO),
            Example("again", "The same once more", headers={HEADER: SEND_KEY}, body=BODY, answer=HELLO),
            Example(
                "reused",
                "Something else by the same key",
                headers={HEADER: SEND_KEY},
                body={"recipient": "bob", "content": "Good-bye, Bob!"},
                answer=errors.IdempotencyKeyReused(),
            ),
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
