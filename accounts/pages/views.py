"""What pages of people who are logged in share, and where one-time links lead."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.views.generic import TemplateView

from accounts.models import User
from accounts.pages import drafts
from accounts.pages.signing_in import ask_to_log_in
from chatsystem.errors import ChatError
from chatsystem.pages import locale
from chatsystem.pages.errors import error_page
from chatsystem.pages.views import ServicePage
from chatsystem.rate_limits import policies
from chatsystem.rate_limits.policies import Policy

SAFE = {"GET", "HEAD", "OPTIONS"}


class Personal:
    """Lets in who is logged in, and asks others to log in first. What is shown is nobody else's, and kept nowhere."""

    read_policy: ClassVar[Policy | None] = policies.READ  # of methods that change nothing
    change_policy: ClassVar[Policy | None] = policies.CHANGE
    here: ClassVar[str] = ""  # which part of the site this is, for the bar

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer whoever is logged in; a request counts against its policy when it is found out who that is."""
        request.policy = self.read_policy if request.method in SAFE else self.change_policy
        if request.user.is_authenticated:
            locale.follow(request.user)
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # of the view
            drafts.let_go(request)
        else:
            has_page = "GET" in self._allowed_methods()  # type: ignore[attr-defined]  # of the view
            wanted = request.get_full_path() if has_page else resolve_url("messaging:inbox")
            response = ask_to_log_in(request, wanted, drafts.typed(request, getattr(self, "form_class", None)))
        response["Cache-Control"] = "no-store"  # after a log-out, the Back button shows no message
        return response

    @property
    def person(self) -> User:
        """Who is logged in, for whatever `dispatch` has let in."""
        person: User = self.request.user  # type: ignore[attr-defined]  # of the view
        return person

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return what the template knows."""
        known: dict[str, Any] = super().get_context_data(**{"here": self.here, **context})  # type: ignore[misc]
        return known


class PersonalPage(Personal, TemplateView):
    """A page without a form."""


class PersonalForm(Personal, ServicePage):
    """A page with a form, in which stands what was typed before a session ended."""

    def get_initial(self) -> dict[str, Any]:
        """Return what the form begins with."""
        return {**super().get_initial(), **drafts.take(self.request)}


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
