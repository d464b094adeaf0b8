"""Profile."""

from accounts.pages.views import PersonalPage


class ProfilePage(PersonalPage):
    """Profile."""

    here = "settings"
    template_name = "accounts/settings/profile.html"
