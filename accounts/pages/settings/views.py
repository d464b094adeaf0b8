"""What pages of settings share."""

from typing import Any, ClassVar

from django.contrib import messages
from django.forms import Form

from accounts.pages.views import PersonalForm


class SettingsForm(PersonalForm):
    """A page with a form that says what it has done on the page that comes next."""

    here = "settings"
    section: ClassVar[str] = ""  # which page of the settings it is, for their own navigation
    done: Any = ""  # what is said then

    def form_valid(self, form: Form) -> Any:
        """Do it, and say so."""
        response = super().form_valid(form)
        if response.status_code == 303:
            messages.success(self.request, self.done)
        return response

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return what the template knows."""
        return super().get_context_data(**{"section": self.section, **context})
