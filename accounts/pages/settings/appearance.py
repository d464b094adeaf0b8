"""Appearance."""

from accounts.pages.views import PersonalPage


class AppearancePage(PersonalPage):
    """Appearance."""

    here = "settings"
    template_name = "accounts/settings/appearance.html"
