"""Sessions."""

from accounts.pages.views import PersonalPage


class SessionsPage(PersonalPage):
    """Sessions."""

    here = "settings"
    template_name = "accounts/settings/sessions.html"
