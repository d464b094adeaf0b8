"""Compose."""

from accounts.pages.views import PersonalPage


class ComposePage(PersonalPage):
    """Compose."""

    here = "compose"
    template_name = "messaging/compose.html"
