"""One's e-mail address."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.pages.settings.views import SettingsForm
from accounts.services.profile import change_profile, get_profile
from chatsystem.addresses import client_address
from chatsystem.limits import MAX_EMAIL_LENGTH


class OwnerForm(forms.Form):
    """Asks for the password: nobody shall take an account over who only found it open."""

    current_password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class EmailForm(OwnerForm):
    """Asks for the new address too."""

    email = forms.CharField(
        label=_("New address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "maxlength": MAX_EMAIL_LENGTH}),
    )
    field_order = ("email", "current_password")


@method_decorator(sensitive_post_parameters(), name="dispatch")
class EmailPage(SettingsForm):
    """Shows the address and what is on its way to another; sends a link that confirms a new one."""

    section = "email"
    form_class: type[OwnerForm] = EmailForm
    template_name = "accounts/settings/emails.html"
    success_url = reverse_lazy("accounts:settings-email")
    done = _("A link is on its way to the new address. It counts once you open the link and confirm it.")

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return what the template knows."""
        return super().get_context_data(profile=get_profile(person=self.person), **context)

    def act(self, *, current_password: str, email: str = "") -> None:
        """Ask for the link; without an address, forget the one that there is."""
        change_profile(
            person=self.person,
            email=email,
            current_password=current_password,
            address=client_address(self.request),
        )


class RemoveEmailPage(EmailPage):
    """Says what it means to have no address, and removes it."""

    form_class = OwnerForm
    template_name = "accounts/settings/remove_email.html"
    done = _("Your e-mail address is removed.")
