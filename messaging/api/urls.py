"""Addresses of messages, with the old service's short name for sending.

Usernames may have a slash in them, so what follows one is matched from the address's end.
"""

from typing import Any

from chatsystem.api.routes import routes
from messaging.api.conversations import ConversationViewSet, UnreadViewSet
from messaging.api.history import ConversationMessageViewSet, MessageViewSet
from messaging.api.search import SearchViewSet
from messaging.api.sync import SyncViewSet
from messaging.api.views import OneMessageViewSet, SendViewSet

ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
PEER = "conversations/<path:username>"

urlpatterns = [
    *routes("messages/send", SendViewSet.as_view({"post": "create"}), name="send", also="send"),
    *routes("messages", MessageViewSet.as_view({"get": "list"}), name="messages"),
    *routes("messages/search", SearchViewSet.as_view({"get": "list"}), name="search"),
    *routes("messages/<id:message_id>", OneMessageViewSet.as_view(ONE), name="message"),
    *routes("conversations", ConversationViewSet.as_view({"get": "list"}), name="conversations"),
    *routes(f"{PEER}/messages", ConversationMessageViewSet.as_view({"get": "list"}), name="conversation-messages"),
    *routes(f"{PEER}/read", ConversationViewSet.as_view({"post": "read"}), name="conversation-read"),
    *routes(f"{PEER}/unread", ConversationViewSet.as_view({"post": "unread"}), name="conversation-unread"),
    *routes(PEER, ConversationViewSet.as_view(ONE), name="conversation"),
    *routes("unread", UnreadViewSet.as_view({"get": "retrieve"}), name="unread"),
    *routes("read", UnreadViewSet.as_view({"post": "read_everything"}), name="read"),
    *routes("sync", SyncViewSet.as_view({"get": "list"}), name="sync"),
]
