"""Message."""

from accounts.pages.views import PersonalPage


class MessagePage(PersonalPage):
    """Message."""

    here = "inbox"
    template_name = "messaging/message.html"
