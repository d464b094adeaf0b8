"""What pages with forms share, and the landing page."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import FormView

from chatsystem import outages
from chatsystem.errors import ChatError, DatabaseUnavailable, Unavailable
from chatsystem.pages.words import in_words
from chatsystem.requests import request_id


def landing(request: HttpRequest) -> HttpResponse:
    """Say what this is and where things are."""
    return render(request, "landing.html")


def keyboard(request: HttpRequest) -> HttpResponse:
    """List the keyboard's shortcuts."""
    return render(request, "keyboard.html")


class ServicePage(FormView):
    """A form whose POST calls a service; a refusal stands beside the field that it names, and what was typed stays."""

    http_method_names: Sequence[str] = ("get", "head", "options", "post")  # Django's own has PUT as POST

    act: Callable[..., Any]  # calls the service with the form's fields; what it raises for one of them is shown there

    def form_valid(self, form: Form) -> Any:
        """Do it, and go to the page that says so."""
        try:
            self.act(**form.cleaned_data)
        except Unavailable as error:
            return self.form_unavailable(form, error)
        except (OperationalError, InterfaceError):
            outages.noticed_sql()
            return self.form_unavailable(form, DatabaseUnavailable())
        except ChatError as error:
            found = [one for one in error.errors if one.field in form.fields]
            if not found:
                raise  # the middleware answers with a page of the error's status
            for one in found:
                form.add_error(one.field, in_words(one))
            return self.form_invalid(form)
        response = super().form_valid(form)
        response.status_code = 303  # what is asked for next is a page, whatever the method was (RFC 9110, 15.4.4)
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        """Show what is wrong, with the cursor in the first field that it is in."""
        faulty = next((field for field in form.visible_fields() if field.errors), None)
        if faulty is not None:
            focus(form, faulty.name)
        return super().form_invalid(form)

    def form_unavailable(self, form: Form, error: Unavailable) -> HttpResponse:
        """Answer an outage with the form as it was typed."""
        context = self.get_context_data(form=form, outage=in_words(error), request_id=request_id.get())
        if isinstance(error, DatabaseUnavailable):
            context |= {"person": None, "nobody_asked": True}  # who it is would be asked of what is away
        response = self.render_to_response(context, status=error.status)
        response["Retry-After"] = str(error.retry_after)
        return response


def focus(form: Form, name: str) -> None:
    """Have the cursor stand in one field of the form when its page opens, and in no other."""
    for field in form.fields.values():
        field.widget.attrs.pop("autofocus", None)
    form.fields[name].widget.attrs["autofocus"] = True
