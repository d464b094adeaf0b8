"""Addresses of the pages of messages."""

from django.urls import path

from messaging.pages.all_messages import AllMessagesPage
from messaging.pages.compose import ComposePage
from messaging.pages.conversation import ConversationPage
from messaging.pages.inbox import InboxPage
from messaging.pages.message import MessagePage
from messaging.pages.search import SearchPage

app_name = "messaging"

urlpatterns = [
    path("inbox", InboxPage.as_view(), name="inbox"),
    path("inbox/all", AllMessagesPage.as_view(), name="all"),
    path("with/<path:username>", ConversationPage.as_view(), name="conversation"),
    path("message/<uuid:message_id>", MessagePage.as_view(), name="message"),
    path("new", ComposePage.as_view(), name="compose"),
    path("search", SearchPage.as_view(), name="search"),
]
