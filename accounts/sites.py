"""The admin, where operators change their own password by the same service as everybody."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.browsers import session_id_of
from accounts.services.passwords import change_password
from chatsystem.addresses import client_address
from chatsystem.errors import ChatError

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
    """The admin."""

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Ask for a new password of one's own; as Django's, by another form."""
        request.current_app = self.name
        page = OwnPasswordPage.as_view(
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return page(request)
