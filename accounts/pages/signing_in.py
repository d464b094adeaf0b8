"""Logging in and out, and registering."""

from typing import Any

from django import forms
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse_lazy
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.services.login import check_login
from chatsystem.addresses import client_address
from chatsystem.pages.views import ServicePage


class LogInForm(forms.Form):
    """Asks who it is."""

    username = forms.CharField(label=_("Username"), widget=forms.TextInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class LogInPage(ServicePage):
    """Starts a session of this browser."""

    form_class = LogInForm
    template_name = "accounts/log_in.html"
    success_url = reverse_lazy("messaging:inbox")

    def act(self, *, username: str, password: str) -> None:
        """Log in."""
        login(self.request, check_login(username=username, password=password, address=client_address(self.request)))


class RegisterPage(ServicePage):
    """Makes an account."""

    form_class = LogInForm
    template_name = "accounts/register.html"
    success_url = reverse_lazy("messaging:inbox")


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session."""
    logout(request)
    return HttpResponseRedirect(resolve_url("landing"))


def ask_to_log_in(request: Any) -> HttpResponse:
    """Lead to the log-in form, and from there back."""
    return HttpResponseRedirect(f"{resolve_url('accounts:log-in')}?{urlencode({'next': request.get_full_path()})}")
