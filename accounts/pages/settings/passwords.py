"""Password."""

from accounts.pages.views import PersonalPage


class PasswordPage(PersonalPage):
    """Password."""

    here = "settings"
    template_name = "accounts/settings/passwords.html"
