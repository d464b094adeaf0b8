"""Addresses of messages, with the old service's short name for sending."""

from django.urls import re_path

from messaging.api.history import MessageViewSet
from messaging.api.views import SendViewSet

urlpatterns = [
    re_path(r"^(?:messages/)?send/?$", SendViewSet.as_view({"post": "create"}), name="send"),
    re_path(r"^messages/?$", MessageViewSet.as_view({"get": "list"}), name="messages"),
]
