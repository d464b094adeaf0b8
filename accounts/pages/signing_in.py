"""Logging in and out, and registering."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.pages import drafts
from accounts.services.passwords import password_rules
from accounts.services.registration import check_registration_is_open, register
from chatsystem.addresses import client_address
from chatsystem.errors import InvalidLogin
from chatsystem.limits import MAX_EMAIL_LENGTH, MAX_USERNAME_LENGTH, MIN_PASSWORD_LENGTH
from chatsystem.pages.locale import number
from chatsystem.pages.views import ServicePage, focus
from chatsystem.pages.words import in_words

# What browsers have stored of this site; the cookies, among them the chosen theme, stay (W3C's Clear Site Data).
CLEARED = '"cache", "storage"'


class LogInForm(forms.Form):
    """Asks who it is. No `maxlength`: a browser would cut what is pasted, and it would be wrong without a word."""

    username = forms.CharField(
        label=_("Username"),
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class RegistrationForm(LogInForm):
    """Asks for what an account needs, and tells the rules before they are broken."""

    email = forms.CharField(
        label=_("E-mail address (optional)"),
        required=False,
        help_text=_("Only for the day that you forget your password. A link to confirm it is sent there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "maxlength": MAX_EMAIL_LENGTH}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = {"limit": number(MAX_USERNAME_LENGTH)}
        self.fields["username"].help_text = (
            gettext("At most %(limit)s characters. It can't be changed, and whoever knows it can write to you.") % limit
        )
        self.fields["password"].help_text = " ".join(password_rules())
        self.fields["password"].widget.attrs |= {"autocomplete": "new-password", "minlength": MIN_PASSWORD_LENGTH}


@method_decorator(sensitive_post_parameters(), name="dispatch")
class EntryPage(ServicePage):
    """Lets somebody in, and leads on to where they wanted to go. Who is in already is led on at once."""

    here = ""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, and have it kept nowhere: after a log-in the token in this form is worth nothing."""
        if request.method == "GET" and request.user.is_authenticated:
            response: HttpResponseBase = HttpResponseRedirect(self.get_success_url())
        else:
            response = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def get_form(self, form_class: Any = None) -> Any:
        """Return the form, with the cursor in its first field."""
        form = super().get_form(form_class)
        focus(form, "username")
        return form

    @property
    def wanted(self) -> str:
        """The address that was asked for before."""
        return self.request.POST.get("next") or self.request.GET.get("next", "")

    def get_success_url(self) -> str:
        """Return where they wanted to go, if it is here, or the inbox."""
        # Without a host: what a request calls this server is the caller's word.
        is_here = url_has_allowed_host_and_scheme(self.wanted, allowed_hosts=None)
        return self.wanted if is_here else resolve_url("messaging:inbox")

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Have the form carry on where to go, and what was typed before."""
        carried = drafts.carried(self.request)
        return super().get_context_data(**frame_of_entry(self.here, self.wanted, carried), **context)

    def enter(self, person: Any) -> None:
        """Start a session of this browser, with what its person was writing when the last one ended."""
        login(self.request, person)
        drafts.keep(self.request, self.get_success_url(), drafts.carried(self.request))


class LogInPage(EntryPage):
    """Starts a session of this browser."""

    form_class = LogInForm
    template_name = "accounts/log_in.html"
    here = "log-in"

    def act(self, *, username: str, password: str) -> None:
        """Log in, by the backend that knows our rules."""
        person = authenticate(self.request, username=username, password=password)
        if person is None:
            raise InvalidLogin
        self.enter(person)

    def form_valid(self, form: Any) -> Any:
        """Let them in; or say that it is wrong, not what of it, with the cursor where the password is typed anew."""
        try:
            return super().form_valid(form)
        except InvalidLogin as error:
            form.add_error(None, in_words(error))
            focus(form, "password")
            return self.form_invalid(form)


class RegisterPage(EntryPage):
    """Makes an account, and logs in."""

    form_class = RegistrationForm
    template_name = "accounts/register.html"
    here = "register"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask, unless nobody can register now."""
        check_registration_is_open()
        return super().get(request, *args, **kwargs)

    def act(self, *, username: str, password: str, email: str) -> None:
        """Make it."""
        address = client_address(self.request)
        self.enter(register(username=username, password=password, email=email, address=address))
        if email:
            messages.success(self.request, gettext("A link to confirm your e-mail address is on its way to it."))


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session, and have the browser forget what it has stored."""
    logout(request)
    messages.success(request, gettext("You are logged out."))
    response = HttpResponseRedirect(resolve_url("landing"), status=HTTPStatus.SEE_OTHER)
    response["Clear-Site-Data"] = CLEARED
    return response


def ask_to_log_in(request: HttpRequest, wanted: str, typed: drafts.Fields) -> HttpResponse:
    """Lead to the log-in form, and from there to the address that is `wanted`.

    Where something was typed, answer with the log-in form itself, which carries it: a redirect would lose it.
    """
    if not typed:
        return HttpResponseRedirect(f"{resolve_url('accounts:log-in')}?{urlencode({'next': wanted})}")
    form = LogInForm()
    focus(form, "username")
    context = {"form": form, "ended": True, **frame_of_entry("log-in", wanted, typed)}
    # Not a success, and not a 401: that would have to offer a way of HTTP's own to log in.
    return render(request, LogInPage.template_name, context, status=HTTPStatus.FORBIDDEN)


def frame_of_entry(here: str, wanted: str, draft: drafts.Fields) -> dict[str, Any]:
    """Return what the templates need beside the form."""
    return {"here": here, "wanted": wanted, "draft": drafts.hidden(draft)}
