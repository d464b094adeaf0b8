"""Forgotten passwords."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.pages.views import LinkPage
from accounts.services.passwords import check_reset_link, password_rules, request_reset, reset_password
from chatsystem.addresses import client_address
from chatsystem.limits import MAX_EMAIL_LENGTH, MIN_PASSWORD_LENGTH
from chatsystem.pages.views import ServicePage


class ForgottenPasswordForm(forms.Form):
    """Asks for the address."""

    # The service knows what an address is; browsers check by the input's type.
    email = forms.CharField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "maxlength": MAX_EMAIL_LENGTH}),
    )


class NewPasswordForm(forms.Form):
    """Asks for the new password. No `maxlength`: a browser would cut what is pasted, without a word."""

    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": MIN_PASSWORD_LENGTH}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password"].help_text = " ".join(password_rules())


class ForgottenPasswordPage(ServicePage):
    """Sends a link to a confirmed address, and says the same for others."""

    form_class = ForgottenPasswordForm
    template_name = "accounts/forgot_password.html"
    success_url = reverse_lazy("accounts:forgot-password-sent")

    def act(self, *, email: str) -> None:
        """Ask for the link."""
        request_reset(email=email, address=client_address(self.request))


@method_decorator(sensitive_post_parameters(), name="dispatch")
class ResetPasswordPage(LinkPage):
    """Sets a new password by a link."""

    form_class = NewPasswordForm
    template_name = "accounts/reset_password.html"
    success_url = reverse_lazy("accounts:reset-password-done")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for the password, unless the link is worth nothing."""
        check_reset_link(token=kwargs["token"])
        return super().get(request, *args, **kwargs)

    def act(self, *, new_password: str) -> None:
        """Set it."""
        reset_password(token=self.kwargs["token"], new_password=new_password)
