"""Pages of the admin that do something: each asks by a form, calls a service, and says what was done.

Dangerous ones ask for the password too, where it was given too long ago: an admin that somebody found open does no
harm by itself.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from accounts.browsers import confirm, is_confirmed
from accounts.services.passwords import check_current_password
from chatsystem.addresses import client_address
from chatsystem.audit.types import Actor
from chatsystem.errors import ChatError, InvalidPayload, Unavailable, WrongPassword
from chatsystem.limits import MAX_PASSWORD_LENGTH, MAX_REASON_LENGTH

PASSWORD = "current_password"  # noqa: S105  (a field's name)
ONLY_LOOKED = "only_looked"  # the field that says that nothing was sent when the password was asked for
# Fields that don't come along then: a page holds no password, and has a token of its own. By their whole names: others
# tell whether there is to be a password at all.
PRIVATE = {PASSWORD, "password1", "password2", "csrfmiddlewaretoken"}
V = TypeVar("V", bound=Callable[..., Any])


class PasswordForm(forms.Form):
    """Asks who sits there for their password."""

    current_password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "autofocus": True, "maxlength": MAX_PASSWORD_LENGTH}
        ),
    )


class ReasonForm(forms.Form):
    """Asks why; a form of an action begins with this one."""

    reason = forms.CharField(
        label="Reason",
        help_text="Stays in the audit log.",
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_REASON_LENGTH}),
    )


class MomentField(forms.DateTimeField):
    """A moment by the clock that the page is shown by, from the browser's own control."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


@sensitive_post_parameters(PASSWORD)
def ask_for_password(request: HttpRequest, site: AdminSite) -> HttpResponseBase | None:
    """Return a page that asks for the password; None where it was given lately, or comes with this request.

    What the request was to do is done after that: it comes along in fields that aren't shown, but for passwords. Wrong
    answers count as log-ins that failed. Raises `RateLimited`.
    """
    if is_confirmed(request):
        return None
    form = PasswordForm(request.POST if PASSWORD in request.POST else None)
    if form.is_bound and form.is_valid() and _is_right(request, form):
        confirm(request)
        return HttpResponseRedirect(request.get_full_path()) if ONLY_LOOKED in request.POST else None
    sent = [(name, value) for name, values in request.POST.lists() for value in values if name not in PRIVATE]
    if request.method != "POST":
        sent = [(ONLY_LOOKED, "1")]
    context = {**site.each_context(request), "title": "Confirm that it's you", "form": form, "sent": sent}
    request.current_app = site.name
    return TemplateResponse(request, "admin/confirm.html", context)


def confirmed(view: V) -> V:
    """Have a method of a `ModelAdmin` that answers a request ask for the password first."""

    @wraps(view)
    def ask_first(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return ask_for_password(request, self.admin_site) or view(self, request, *args, **kwargs)

    return cast(V, ask_first)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class ActionPage(FormView):
    """A form over a service. A refusal stands beside the field that it names; what was done is said on the next page.

    `as_view` takes the `site`; a subclass says the rest.
    """

    template_name = "admin/action.html"
    site: AdminSite | None = None
    permission = ""  # without it the answer is 403
    is_dangerous = True
    title = ""
    text = ""  # what will happen
    back_text = "Back"  # what the page that it leads back to is called, where no `subtitle` says it
    button = ""

    # Calls the service with the form's fields, and returns what to say, or another answer than a page of ours.
    act: Callable[..., str | HttpResponseBase]

    def get_back(self) -> str:
        """Return where to go afterwards, or instead."""
        raise NotImplementedError

    def check_permission(self, request: HttpRequest) -> None:
        """Raise `PermissionDenied` for whoever may not do this."""
        if not request.user.has_perm(self.permission):
            raise PermissionDenied

    @property
    def actor(self) -> Actor:
        """Who does it."""
        person: Any = self.request.user
        return Actor.of(person)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, after asking who it is."""
        assert self.site is not None  # noqa: S101  (said by `as_view`)
        self.check_permission(request)
        asked = ask_for_password(request, self.site) if self.is_dangerous else None
        return asked or super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Add what all pages of the admin have."""
        assert self.site is not None  # noqa: S101  (as above)
        told = {"title": self.title, "text": self.text, "button": self.button}
        told |= {"back": self.get_back(), "back_text": self.back_text}
        return super().get_context_data(**{**self.site.each_context(self.request), **told, **context})

    def form_valid(self, form: forms.Form) -> Any:
        """Do it."""
        try:
            done = self.act(**form.cleaned_data)
        except ChatError as error:
            return self.form_refused(form, error)
        if isinstance(done, HttpResponseBase):
            return done
        messages.success(self.request, done)
        return HttpResponseRedirect(self.get_back())

    def form_refused(self, form: forms.Form, error: ChatError) -> HttpResponse:
        """Answer a refusal or an outage with the form as it was filled in."""
        named = [one for one in error.errors if one.field in form.fields]
        for one in named:
            form.add_error(one.field, one.message)
        if not named:
            form.add_error(None, error.message)
        response = self.form_invalid(form)
        if isinstance(error, Unavailable):
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
            response["Retry-After"] = str(error.retry_after)
        return response


def _is_right(request: HttpRequest, form: PasswordForm) -> bool:
    person: Any = request.user
    password = form.cleaned_data[PASSWORD]
    try:
        check_current_password(person=person, password=password, address=client_address(request))
    except (WrongPassword, InvalidPayload) as error:
        form.add_error(PASSWORD, error.message)
        return False
    return True
