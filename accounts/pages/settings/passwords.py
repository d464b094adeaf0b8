"""One's password."""

from django import forms
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.browsers import session_id_of
from accounts.pages.passwords import NewPasswordForm
from accounts.pages.settings.views import SettingsForm
from accounts.services.passwords import change_password
from chatsystem.addresses import client_address


class PasswordForm(NewPasswordForm):
    """Asks for the old password too."""

    current_password = forms.CharField(
        label=_("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current_password", "new_password")


@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordPage(SettingsForm):
    """Changes it, and ends all other sessions."""

    section = "password"
    form_class = PasswordForm
    template_name = "accounts/settings/passwords.html"
    success_url = reverse_lazy("accounts:settings-password")
    done = _("Your password is changed, and all your other sessions are ended.")

    def act(self, *, current_password: str, new_password: str) -> None:
        """Change it."""
        change_password(
            person=self.person,
            current_password=current_password,
            new_password=new_password,
            session_id=session_id_of(self.request),
            address=client_address(self.request),
        )
