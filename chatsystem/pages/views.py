"""What pages with forms share, and the landing page."""

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import FormView

from chatsystem.errors import ChatError, Unavailable
from chatsystem.pages.errors import method_not_allowed


def landing(request: HttpRequest) -> HttpResponse:
    """Say what this is and where things are."""
    return render(request, "landing.html")


def keyboard(request: HttpRequest) -> HttpResponse:
    """List the keyboard's shortcuts."""
    return render(request, "keyboard.html")


class ServicePage(FormView):
    """A form whose POST calls a service; a refusal stands beside the field that it names, and what was typed stays."""

    act: Callable[..., Any]  # calls the service with the form's fields; what it raises for one of them is shown there

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with a page of ours."""
        return method_not_allowed(request, self._allowed_methods())  # type: ignore[attr-defined]  # untyped in Django's View

    def form_valid(self, form: Form) -> Any:
        """Do it, and go to the page that says so."""
        try:
            self.act(**form.cleaned_data)
        except Unavailable as error:
            return self.form_unavailable(form, error)
        except ChatError as error:
            found = [one for one in error.errors if one.field in form.fields]
            if not found:
                raise  # the middleware answers with a page of the error's status
            for one in found:
                form.add_error(one.field, one.message)
            return self.form_invalid(form)
        response = super().form_valid(form)
        response.status_code = 303  # what is asked for next is a page, whatever the method was (RFC 9110, 15.4.4)
        return response

    def form_unavailable(self, form: Form, error: Unavailable) -> HttpResponse:
        """Answer an outage with the form as it was typed."""
        response = self.render_to_response(self.get_context_data(form=form, outage=error), status=error.status)
        response["Retry-After"] = str(error.retry_after)
        return response
