"""What the pages of accounts share."""

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponseBase
from django.views.generic import FormView

from chatsystem.errors import ChatError
from chatsystem.pages import error_page


class ServicePage(FormView):
    """A form whose POST calls a service; a refusal stands beside the field that it names."""

    act: Callable[..., None]  # calls the service with the form's fields; what it raises for one of them is shown there

    def form_valid(self, form: Form) -> Any:
        """Do it, and go to the page that says so."""
        try:
            self.act(**form.cleaned_data)
        except ChatError as error:
            found = [one for one in error.errors if one.field in form.fields]
            if not found:
                raise  # the middleware answers with a page of the error's status
            for one in found:
                form.add_error(one.field, one.message)
            return self.form_invalid(form)
        return super().form_valid(form)


class LinkPage(ServicePage):
    """Where a one-time link leads. Looking at it changes nothing, since programs that scan mail do; its form does."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, and keep the address, in which the secret is, from caches and from whatever is opened next.

        Not by `no-referrer`: browsers then send forms with `Origin: null`, which the check of forms (CSRF) refuses.
        """
        try:
            response = super().dispatch(request, *args, **kwargs)
        except ChatError as error:
            response = error_page(request, error)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "strict-origin"  # never more than the name of the host
        return response
