"""Confirming e-mail addresses."""

from typing import Any

from django import forms
from django.urls import reverse_lazy

from accounts.pages.views import LinkPage
from accounts.services.emails import confirm_email, get_confirmation


class ConfirmEmailPage(LinkPage):
    """Confirms an address by a link."""

    form_class = forms.Form
    template_name = "accounts/confirm_email.html"
    success_url = reverse_lazy("accounts:confirm-email-done")

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Show whose address it is to be, unless the link is worth nothing."""
        return super().get_context_data(link=get_confirmation(token=self.kwargs["token"]), **context)

    def act(self) -> None:
        """Confirm it."""
        confirm_email(token=self.kwargs["token"])
