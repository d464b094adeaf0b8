"""Search."""

from accounts.pages.views import PersonalPage


class SearchPage(PersonalPage):
    """Search."""

    here = "search"
    template_name = "messaging/search.html"
