"""Shapes of messages and of their pages."""

from typing import Any

from rest_framework import serializers

from chatsystem.limits import MAX_CONTENT_BYTES, MAX_CONTENT_LENGTH, MAX_PAGE_SIZE
from messaging.api.reference.parameters import CURSOR

TIMESTAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$"
CONTENT = {
    "max_length": MAX_CONTENT_LENGTH,
    "help_text": f"At most {MAX_CONTENT_BYTES} bytes in UTF-8. Not only white space, no control characters but tab "
    "and line ends. Kept exactly as it is.",
}
CONTENT_FAULTS = ("too_long", "too_many_bytes", "control_character")


class MessageSerializer(serializers.Serializer[Any]):
    """A message, the same for everyone who has it."""

    id = serializers.UUIDField(help_text="Of version 1: it tells the time.")
    sender = serializers.CharField(help_text="The username at the time of sending.")
    recipient = serializers.CharField(help_text="As `sender`.")
    timestamp = serializers.RegexField(TIMESTAMP, help_text="RFC 3339 in UTC with nine decimals.")
    content = serializers.CharField(help_text="Empty where it was deleted for everyone.")
    reply_to = serializers.UUIDField(
        allow_null=True, help_text="The message of the same conversation that it answers. One may not have it any more."
    )
    edited_at = serializers.DateTimeField(allow_null=True, help_text="RFC 3339 in UTC: when it was edited last.")
    redacted_at = serializers.DateTimeField(
        allow_null=True, help_text="RFC 3339 in UTC: when it was deleted for everyone."
    )


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
    """A page by a place. Behind very many removed messages it may be short, or empty, without being at an end."""

    messages = MessageSerializer(many=True, help_text=f"The newest first, {MAX_PAGE_SIZE} at most.")
    found_oldest = serializers.BooleanField(help_text="Whether it is known that nothing is older than this page.")
    found_newest = serializers.BooleanField(help_text="Whether nothing is newer.")
    older = serializers.RegexField(CURSOR, allow_null=True, help_text="What to ask for `before`.")
    newer = serializers.RegexField(CURSOR, allow_null=True, help_text="What to ask for `after`, now or later.")
