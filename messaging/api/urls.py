"""Addresses of messages, with the old service's short name for sending."""

from django.urls import re_path

from messaging.api.history import ConversationMessageViewSet, MessageViewSet
from messaging.api.views import OneMessageViewSet, SendViewSet

ONE = r"^messages/(?P<message_id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/?$"

urlpatterns = [
    re_path(r"^(?:messages/)?send/?$", SendViewSet.as_view({"post": "create"}), name="send"),
    re_path(r"^messages/?$", MessageViewSet.as_view({"get": "list"}), name="messages"),
    re_path(
        ONE,
        OneMessageViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="message",
    ),
    re_path(
        r"^conversations/(?P<username>.+)/messages/?$",
        ConversationMessageViewSet.as_view({"get": "list"}),
        name="conversation-messages",
    ),
]
