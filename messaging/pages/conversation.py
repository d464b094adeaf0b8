"""Conversation."""

from accounts.pages.views import PersonalPage


class ConversationPage(PersonalPage):
    """Conversation."""

    here = "inbox"
    template_name = "messaging/conversation.html"
