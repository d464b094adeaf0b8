"""How pages look and behave in this browser: cookies, since another screen may want something else."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.pages.settings.views import SettingsForm
from chatsystem.pages.frame import OFF, SHORTCUTS, THEME, THEMES

KEPT = timedelta(days=365)
SYSTEM = "system"


class AppearanceForm(forms.Form):
    """Asks for both choices."""

    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=((SYSTEM, _("As the system has it")), *zip(THEMES, (_("Light"), _("Dark")), strict=True)),
        widget=forms.RadioSelect,
    )
    shortcuts = forms.BooleanField(label=_("Keyboard shortcuts"), required=False)


class AppearancePage(SettingsForm):
    """Shows the choices, and has the browser keep others."""

    section = "appearance"
    form_class = AppearanceForm
    template_name = "accounts/settings/appearance.html"
    success_url = reverse_lazy("accounts:settings-appearance")
    done = _("Saved for this browser.")

    def get_initial(self) -> dict[str, Any]:
        """Return what this browser keeps."""
        theme = self.request.COOKIES.get(THEME)
        chosen = {
            "theme": theme if theme in THEMES else SYSTEM,
            "shortcuts": self.request.COOKIES.get(SHORTCUTS) != OFF,
        }
        return {**chosen, **super().get_initial()}

    def act(self, *, theme: str, shortcuts: bool) -> None:
        """Nothing: the answer carries it."""

    def form_valid(self, form: forms.Form) -> Any:
        """Have the browser keep what differs from the usual."""
        response = super().form_valid(form)
        keep(response, THEME, form.cleaned_data["theme"], usual=SYSTEM)
        keep(response, SHORTCUTS, "" if form.cleaned_data["shortcuts"] else OFF, usual="")
        return response


def keep(response: HttpResponse, name: str, value: str, *, usual: str) -> None:
    """Set a cookie for a year, out of the reach of scripts: the server writes both choices into its pages."""
    if value == usual:
        response.delete_cookie(name, samesite="Lax")
        return
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, max_age=KEPT, secure=secure, httponly=True, samesite="Lax")
