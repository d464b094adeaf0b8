"""Addresses of messages, with the old service's short name for sending."""

from chatsystem.api.routes import routes
from messaging.api.views import MessageViewSet, SendViewSet

urlpatterns = [
    *routes("messages/send", SendViewSet.as_view({"post": "create"}), name="send", also="send"),
    *routes("messages", MessageViewSet.as_view({"get": "list"}), name="messages"),
]
