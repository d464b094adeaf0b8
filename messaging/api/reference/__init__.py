"""What the reference says of messages, a module for each noun; see `chatsystem.api.reference`."""

from messaging.api.reference import conversations, history, one_message, search, sending, sync, tags, unread

TAGS = tags.TAGS

__all__ = ["TAGS", "conversations", "history", "one_message", "search", "sending", "sync", "unread"]
