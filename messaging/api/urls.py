"""Addresses of messages, with the old service's short name for sending."""

from typing import Any

from django.urls import re_path

from messaging.api.conversations import ConversationViewSet, UnreadViewSet
from messaging.api.history import ConversationMessageViewSet, MessageViewSet
from messaging.api.search import SearchViewSet
from messaging.api.sync import SyncViewSet
from messaging.api.views import OneMessageViewSet, SendViewSet

ONE = r"^messages/(?P<message_id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/?$"

CONVERSATION: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    re_path(r"^(?:messages/)?send/?$", SendViewSet.as_view({"post": "create"}), name="send"),
    re_path(r"^messages/?$", MessageViewSet.as_view({"get": "list"}), name="messages"),
    re_path(
        ONE,
        OneMessageViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="message",
    ),
    re_path(r"^conversations/?$", ConversationViewSet.as_view({"get": "list"}), name="conversations"),
    # Somebody may be called "read": only a POST to that address is for everybody.
    re_path(
        r"^conversations/(?P<username>read)/?$",
        ConversationViewSet.as_view({**CONVERSATION, "post": "read_everything"}),
    ),
    re_path(
        r"^conversations/(?P<username>.+)/messages/?$",
        ConversationMessageViewSet.as_view({"get": "list"}),
        name="conversation-messages",
    ),
    re_path(r"^conversations/(?P<username>.+)/read/?$", ConversationViewSet.as_view({"post": "read"})),
    re_path(r"^conversations/(?P<username>.+)/unread/?$", ConversationViewSet.as_view({"post": "unread"})),
    re_path(r"^conversations/(?P<username>.+?)/?$", ConversationViewSet.as_view(CONVERSATION), name="conversation"),
    re_path(r"^unread/?$", UnreadViewSet.as_view({"get": "retrieve"}), name="unread"),
    re_path(r"^sync/?$", SyncViewSet.as_view({"get": "list"}), name="sync"),
    re_path(r"^messages/search/?$", SearchViewSet.as_view({"get": "list"}), name="search"),
]
