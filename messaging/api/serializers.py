"""Shapes of requests and answers about messages."""

from datetime import datetime
from typing import Any

import orjson
from rest_framework import serializers

from chatsystem.api.fields import Text
from messaging.services.history import NumberedPage
from messaging.types import Message, Page


class NewMessage(serializers.Serializer[Any]):
    """What sending takes; other members are ignored."""

    recipient = Text()
    content = Text()
    reply_to = serializers.UUIDField(default=None, allow_null=True)


class EditedMessage(serializers.Serializer[Any]):
    """What editing takes."""

    content = Text()


def show_message(message: Message) -> dict[str, str | None]:
    """Return a message as the API shows it. A plain function: a serializer takes thirty times as long a page."""
    return {
        "id": str(message.id),
        "sender": message.sender,
        "recipient": message.recipient,
        "timestamp": message.timestamp,
        "content": message.content,
        "reply_to": str(message.reply_to) if message.reply_to else None,
        "edited_at": show_moment(message.edited_at),
        "redacted_at": show_moment(message.redacted_at),
    }


def show_moment(moment: datetime | None) -> str | None:
    """Return a moment in UTC as the API shows it: RFC 3339 with the milliseconds that Cassandra keeps."""
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z" if moment else None


def show_numbered_page(page: NumberedPage) -> bytes:
    """Return a numbered page as the API answers with it: this is what is cached."""
    shown = {
        "messages": [show_message(message) for message in page.messages],
        "pagination": {
            "currentPage": page.number,
            "pageSize": page.size,
            "totalMessages": page.total,
            "totalPages": page.pages,
        },
    }
    return orjson.dumps(shown)


def show_page(page: Page) -> dict[str, Any]:
    """Return a page as the API shows it; `older` and `newer` are what to ask for `before` and `after`."""
    return {
        "messages": [show_message(message) for message in page.messages],
        "found_oldest": page.found_oldest,
        "found_newest": page.found_newest,
        "older": page.older and page.older.encode(),
        "newer": page.newer and page.newer.encode(),
    }
