"""Conversations: lists, one of them, its flags, its read position."""

from typing import Any
from uuid import RFC_4122, UUID

import orjson
from rest_framework import serializers, status
from rest_framework.response import Response

from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from chatsystem.errors import InvalidPayload
from chatsystem.limits import DEFAULT_CONVERSATIONS
from chatsystem.rate_limits import policies
from messaging.api.queries import MESSAGE_ID, read_cursor, read_flag, read_limit
from messaging.services import conversations, unread
from messaging.services.conversations import Conversations, Filters
from messaging.types import LastMessage, Summary, Unread, timestamp_of


class Flag(serializers.Field[bool, Any, bool, Any]):
    """`true` or `false` of JSON, and no word for it."""

    default_error_messages = {"invalid": "This is either true or false."}  # noqa: RUF012  (as DRF has it)

    def to_internal_value(self, data: Any) -> bool:
        """Return the value."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Flags(serializers.Serializer[Any]):
    """What one can set about a conversation."""

    muted = Flag(required=False)
    archived = Flag(required=False)


class ConversationViewSet(PersonalViewSet):
    """One's own side of conversations."""

    change_policy = policies.READ  # whoever reads marks as read, as often as they read
    http_method_names = ("get", "head", "post", "patch", "delete")

    def list(self, request: UserRequest) -> Response:
        """Return conversations, newest first, by `limit`, `before`, `unread` and `archived`."""
        asked = request.query_params
        shown = conversations.show_conversations(
            owner=request.user,
            show=show_conversations,
            limit=read_limit(asked, default=DEFAULT_CONVERSATIONS),
            before=read_cursor(asked, "before"),
            filters=Filters(unread=read_flag(asked, "unread"), archived=read_flag(asked, "archived")),
        )
        return Response(shown)

    def retrieve(self, request: UserRequest, username: str) -> Response:
        """Return the conversation with one person."""
        return Response(show_conversation(conversations.read_one(owner=request.user, username=username)))

    def partial_update(self, request: UserRequest, username: str) -> Response:
        """Set `muted` or `archived`, and return the conversation."""
        flags = Flags(data=request.data)
        flags.is_valid(raise_exception=True)
        changed = conversations.set_flags(owner=request.user, username=username, **flags.validated_data)
        return Response(show_conversation(changed))

    def destroy(self, request: UserRequest, username: str) -> Response:
        """Hide the conversation until its next message. Nothing of it is deleted."""
        conversations.hide(owner=request.user, username=username)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def read(self, request: UserRequest, username: str) -> Response:
        """Have all up to the message `up_to` be read, and return the conversation."""
        up_to = message_id_in(request.data, "up_to")
        return Response(show_conversation(unread.read_up_to(owner=request.user, username=username, up_to=up_to)))

    def unread(self, request: UserRequest, username: str) -> Response:
        """Have all messages be unread that came with or after the message `from`, and return the conversation."""
        first = message_id_in(request.data, "from")
        return Response(show_conversation(unread.mark_unread(owner=request.user, username=username, first=first)))


class UnreadViewSet(PersonalViewSet):
    """How much is unread in all."""

    change_policy = policies.READ  # as above
    http_method_names = ("get", "head", "post")

    def retrieve(self, request: UserRequest) -> Response:
        """Return the number of unread messages in all conversations that aren't hidden."""
        return Response(unread.show_unread(owner=request.user, show=show_unread))

    def read_everything(self, request: UserRequest) -> Response:
        """Have everything be read that came until now."""
        unread.read_everything(owner=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def message_id_in(data: Any, field: str) -> UUID:
    """Return a message's id in a body. Raises `InvalidPayload` for what can't be one."""
    value = data.get(field) if isinstance(data, dict) else None
    if isinstance(value, str) and MESSAGE_ID.fullmatch(value):
        message_id = UUID(value)
        if message_id.version == 1 and message_id.variant == RFC_4122:
            return message_id
    raise InvalidPayload.of(field, "invalid", "This must be the id of a message.")


def show_conversations(page: Conversations) -> bytes:
    """Return a list as the API answers with it: this is what is cached."""
    shown = {
        "conversations": [show_conversation(summary) for summary in page.summaries],
        "older": page.older and page.older.encode(),
    }
    return orjson.dumps(shown)


def show_conversation(summary: Summary) -> dict[str, Any]:
    """Return a conversation as the API shows it."""
    conversation = summary.conversation
    return {
        "peer": conversation.peer,
        "last": summary.last and show_last(summary.last),
        "unread": show_count(summary.unread),
        "read_up_to": show_id(conversation.read_up_to),
        "unread_from": show_id(conversation.marked_from),
        "muted": conversation.muted,
        "archived": conversation.archived,
    }


def show_last(last: LastMessage) -> dict[str, Any]:
    """Return the newest message; its preview is null where it was deleted for everyone."""
    return {"id": str(last.id), "sender": last.sender, "preview": last.preview, "timestamp": timestamp_of(last.id)}


def show_unread(unread_in_all: Unread) -> bytes:
    """Return a total as the API answers with it: this is what is cached."""
    return orjson.dumps(show_count(unread_in_all))


def show_count(counted: Unread) -> dict[str, Any]:
    """Return a number of unread messages: `count` of them, or more where `more` says so."""
    return {"count": counted.count, "more": counted.more}


def show_id(message_id: UUID | None) -> str | None:
    """Return an id as the API shows it."""
    return None if message_id is None else str(message_id)
