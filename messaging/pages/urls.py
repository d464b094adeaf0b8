"""Addresses of the pages of messages."""

from django.urls import path

from messaging.pages.all_messages import AllMessagesPage
from messaging.pages.compose import ComposePage
from messaging.pages.conversation import ConversationPage
from messaging.pages.inbox import InboxPage
from messaging.pages.message import ActionsPage, DeletePage, EditPage, MessagePage, RemovePage, UnreadPage
from messaging.pages.search import SearchPage

app_name = "messaging"

urlpatterns = [
    path("inbox", InboxPage.as_view(), name="inbox"),
    path("inbox/all", AllMessagesPage.as_view(), name="all"),
    path("with/<path:username>", ConversationPage.as_view(), name="conversation"),
    path("message/<uuid:message_id>", MessagePage.as_view(), name="message"),
    path("message/<uuid:message_id>/actions", ActionsPage.as_view(), name="actions"),
    path("message/<uuid:message_id>/edit", EditPage.as_view(), name="edit"),
    path("message/<uuid:message_id>/delete", DeletePage.as_view(), name="delete"),
    path("message/<uuid:message_id>/remove", RemovePage.as_view(), name="remove"),
    path("message/<uuid:message_id>/unread", UnreadPage.as_view(), name="mark-unread"),
    path("new", ComposePage.as_view(), name="compose"),
    path("search", SearchPage.as_view(), name="search"),
]
