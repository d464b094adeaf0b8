"""One message."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter

from chatsystem import errors
from chatsystem.api.fields import Text
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.api.reference.problems import TEXT
from chatsystem.errors import InvalidQuery
from chatsystem.limits import MAX_EDIT_WINDOW
from messaging.api.reference.examples import ANSWER, EDITED, HELLO, UNKNOWN_ID
from messaging.api.reference.parameters import parameter
from messaging.api.reference.shapes import CONTENT, CONTENT_FAULTS, MessageSerializer
from messaging.api.reference.tags import MESSAGES
from messaging.api.serializers import EditedMessage
from messaging.api.views import OneMessageViewSet

MESSAGE_ID = OpenApiParameter("message_id", UUID, OpenApiParameter.PATH, description="Its `id`, whatever the case.")
ONE, THEIRS, NONE = ({"message_id": one} for one in (HELLO["id"], ANSWER["id"], UNKNOWN_ID))


class EditedMessageSerializer(EditedMessage):
    """What editing takes."""

    content = Text(**CONTENT)


describe(
    OneMessageViewSet,
    retrieve=endpoint(
        name="getMessage",
        tag=MESSAGES,
        summary="Read one message",
        parameters=[MESSAGE_ID],
        answer=MessageSerializer,
        refusals=[errors.MessageNotFound, errors.StorageUnavailable],
        examples=[
            Example("hello", "One's own", path=ONE, answer=HELLO),
            Example("unknown", "An unknown one", path=NONE, answer=errors.MessageNotFound()),
        ],
    ),
    partial_update=endpoint(
        name="editMessage",
        tag=MESSAGES,
        summary="Edit one's own message",
        text=f"Within {MAX_EDIT_WINDOW // 3_600} hours of sending it, or less where the operator has set so; for both "
        "people. Of several edits the last one holds. After a 503 it may have happened, in both copies, or not at all.",
        parameters=[MESSAGE_ID],
        request=EditedMessageSerializer,
        answer=MessageSerializer,
        refusals=[
            errors.MessageNotFound,
            errors.NotYours,
            errors.EditWindowOver,
            errors.MessageRedacted,
            errors.ReadOnly,
            errors.StorageUnavailable,
        ],
        faults={"content": (*TEXT, *CONTENT_FAULTS)},
        examples=[
            Example("edited", "One's own", path=ONE, body={"content": EDITED["content"]}, answer=EDITED),
            Example("theirs", "Another's", path=THEIRS, body={"content": "Oh!"}, answer=errors.NotYours()),
            Example(
                "deleted",
                "One that was deleted for everyone",
                path=ONE,
                body={"content": "Oh!"},
                answer=errors.MessageRedacted(),
            ),
        ],
    ),
    destroy=endpoint(
        name="deleteMessage",
        tag=MESSAGES,
        summary="Delete a message, for oneself or for everyone",
        text="For oneself: one's own copy goes, the other person keeps theirs; it is a 404 from then on. For everyone, "
        "at any time, by its author: a message without content stays, with `redacted_at`; deleting it again changes "
        "nothing.",
        parameters=[
            MESSAGE_ID,
            parameter("for", {"enum": ["me", "everyone"], "default": "me"}, "Whose copies: one's own, or both."),
        ],
        status=204,
        refusals=[errors.MessageNotFound, errors.NotYours, errors.ReadOnly, errors.StorageUnavailable],
        faults={"for": ("invalid_choice",)},
        examples=[
            Example("everyone", "One's own, for everyone", path=ONE, query={"for": "everyone"}),
            Example(
                "theirs", "Another's, for everyone", path=THEIRS, query={"for": "everyone"}, answer=errors.NotYours()
            ),
            Example("me", "Any, for oneself", path=THEIRS, query={"for": "me"}),
            Example("gone", "The same once more", path=THEIRS, query={"for": "me"}, answer=errors.MessageNotFound()),
            Example(
                "somebody",
                "For somebody else",
                path=ONE,
                query={"for": "bob"},
                answer=InvalidQuery.of("for", "invalid_choice", "A message is deleted for me or for everyone."),
            ),
        ],
    ),
)
