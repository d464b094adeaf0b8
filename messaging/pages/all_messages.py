"""AllMessages."""

from accounts.pages.views import PersonalPage


class AllMessagesPage(PersonalPage):
    """AllMessages."""

    here = "inbox"
    template_name = "messaging/all_messages.html"
