"""Email."""

from accounts.pages.views import PersonalPage


class EmailPage(PersonalPage):
    """Email."""

    here = "settings"
    template_name = "accounts/settings/emails.html"
