"""Blocks."""

from accounts.pages.views import PersonalPage


class BlocksPage(PersonalPage):
    """Blocks."""

    here = "settings"
    template_name = "accounts/settings/blocks.html"
