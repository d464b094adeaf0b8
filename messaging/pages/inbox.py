"""Inbox."""

from accounts.pages.views import PersonalPage


class InboxPage(PersonalPage):
    """Inbox."""

    here = "inbox"
    template_name = "messaging/inbox.html"
