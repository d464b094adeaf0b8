"""The admin, where operators change their own password by the same service as everybody."""

from functools import wraps
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.browsers import session_id_of
from accounts.services.passwords import change_password
from chatsystem.addresses import client_address
from chatsystem.errors import ChatError

TYPED = ("words", "text", "reason")  # fields that hold what an operator has written

# Which field of the form holds what the service calls so.
FIELDS = {"current_password": "old_password", "new_password": "new_password2"}


class OwnPasswordForm(AdminPasswordChangeForm):
    """Asks for the old password and the new one."""

    def clean_old_password(self) -> str:
        """Leave the question whether it's right to the service, which counts wrong answers."""
        return str(self.cleaned_data["old_password"])


class OwnPasswordPage(PasswordChangeView):
    """Changes an operator's own password."""

    form_class = OwnPasswordForm

    def form_valid(self, form: forms.BaseForm) -> HttpResponse:
        """Change it. This browser stays logged in, and others don't."""
        person: Any = self.request.user
        try:
            change_password(
                person=person,
                current_password=form.cleaned_data["old_password"],
                new_password=form.cleaned_data["new_password1"],
                session_id=session_id_of(self.request),
                address=client_address(self.request),
            )
        except ChatError as error:
            if not error.errors:
                raise  # the middleware answers with a page of the error's status
            for one in error.errors:
                form.add_error(FIELDS[one.field], one.message)
            return self.form_invalid(form)
        update_session_auth_hash(self.request, person)
        return HttpResponseRedirect(self.get_success_url())


class OperatorsSite(admin.AdminSite):
    """The admin, without scripts: what stands in it is in HTML, and its style in one sheet of ours over Django's.

    Who is signed in here, and for how long, says `accounts.browsers`; pages that do something, `accounts.acting`.
    """

    site_header = site_title = "Chat: operators"
    index_title = "Overview"
    enable_nav_sidebar = False

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's, which leads whoever isn't signed in to the log-in; but what they typed is shown to be copied."""
        ask = super().admin_view(view, cacheable)

        @wraps(ask)
        def show_typed(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method == "POST" and not self.has_permission(request) and (typed := _typed(request)):
                return self._signed_out(request, typed)
            return ask(request, *args, **kwargs)

        return show_typed

    def _signed_out(self, request: HttpRequest, typed: list[tuple[str, str]]) -> TemplateResponse:
        sign_in = redirect_to_login(request.get_full_path(), reverse("admin:login", current_app=self.name)).url
        context = {**self.each_context(request), "title": "You are signed out", "typed": typed, "sign_in": sign_in}
        headers = {"Cache-Control": "no-store"}
        return TemplateResponse(request, "admin/signed_out.html", context, status=HTTPStatus.FORBIDDEN, headers=headers)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Ask for a new password of one's own; as Django's, by another form."""
        request.current_app = self.name
        page = OwnPasswordPage.as_view(
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return page(request)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was typed, by the fields' names as people read them."""
    return [(name.capitalize(), text) for name in TYPED if (text := request.POST.get(name, "").strip())]
