"""Reporting a message, or somebody with whom one has a conversation."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from accounts.models import User
from accounts.pages.views import PersonalForm
from accounts.services.blocks import is_blocking
from accounts.services.people import find_person
from chatsystem.errors import CannotReportYourself, ConversationNotFound, PersonNotFound
from chatsystem.limits import EVIDENCE_AGE, EVIDENCE_CONTEXT, EVIDENCE_OF_PERSON
from chatsystem.rate_limits import policies
from chatsystem.rate_limits.policies import Policy
from messaging.pages.addresses import address_with
from messaging.pages.message import ChangePage
from messaging.pages.message_rows import list_of
from messaging.services.finding import get_conversation
from messaging.services.reading import position_of
from messaging.types import Message
from moderation.pages.forms import ReportForm
from moderation.services.evidence import mark_of, newest_with
from moderation.services.reports import (
    Told,
    find_report_of_message,
    find_report_of_person,
    report_message,
    report_person,
)

DAYS_KEPT = EVIDENCE_AGE // (24 * 60 * 60)


class ReportingPage(PersonalForm):
    """A form that reports, and goes back to where its reader came from.

    Whoever has reported the same before is led to that report, which stays as it was.
    """

    here: ClassVar[str] = "inbox"
    change_policy: ClassVar[Policy | None] = policies.REPORT
    form_class = ReportForm
    told: Told

    def find_first(self) -> Told | None:
        """Return the report that was made of the same before, if any."""
        raise NotImplementedError

    def mark(self) -> str:
        """Return a mark of what is reported as it's shown now."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask what is wrong."""
        return self._lead_to_first() or super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Report it."""
        return self._lead_to_first() or super().post(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        """Begin with what is reported as it's shown now, or was when a session ended."""
        shown = {"seen": self.mark()} if self.request.method != "POST" else {}
        return {**shown, **super().get_initial()}

    def form_invalid(self, form: Form) -> HttpResponse:
        """Show what is wrong. What changed meanwhile is shown as it is now, so from here on that was seen."""
        if form.has_error("seen"):
            form.data = self.request.POST.copy()
            form.data["seen"] = self.mark()
        return super().form_invalid(form)

    def form_valid(self, form: Form) -> Any:
        """Do it, and say so."""
        response = super().form_valid(form)
        if response.status_code == 303:
            may_block = not is_blocking(person=self.person, username=self.told.username)
            messages.success(self.request, thanks(self.told, may_block=may_block))
        return response

    def _lead_to_first(self) -> HttpResponse | None:
        first = self.find_first()
        if first is None:
            return None
        messages.info(self.request, gettext("You have reported this already. This is your report."))
        return HttpResponseRedirect(reverse("moderation:report", args=[first.id]), status=303)


class ReportMessagePage(ReportingPage, ChangePage):
    """Reports a message that somebody else wrote."""

    template_name = "moderation/report_message.html"

    def find_first(self) -> Told | None:
        """Return the report that was made of the message before; the message itself may be gone."""
        return find_report_of_message(reporter=self.person, message_id=self.message_id)

    def find(self) -> Message:
        """Return the message, if its reader didn't write it."""
        message = super().find()
        if message.sender_id == self.person.pk:
            raise CannotReportYourself
        return message

    @cached_property
    def message(self) -> Message:  # type: ignore[override]  # `get` sets it, or it is read when asked for
        """The message that is reported."""
        return self.find()

    def mark(self) -> str:
        """Return a mark of the message."""
        return mark_of([self.message])

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return the message, and how many around it are kept."""
        return super().get_context_data(others=EVIDENCE_CONTEXT, days=DAYS_KEPT, **context)

    def act(self, *, category: str, words: str, seen: str) -> None:
        """Report it."""
        written = {"category": category, "words": words, "seen": seen}
        self.told = report_message(reporter=self.person, message_id=self.message_id, **written)

    def get_success_url(self) -> str:
        """Go back to what can be done with the message."""
        return reverse("messaging:actions", args=[self.message_id])


class ReportPersonPage(ReportingPage):
    """Reports a person. It tells who exists, as registering does."""

    template_name = "moderation/report_person.html"

    @cached_property
    def other(self) -> User:
        """Who is reported."""
        other = find_person(username=self.kwargs["username"])
        if other is None:
            raise PersonNotFound
        if other == self.person:
            raise CannotReportYourself
        return other

    def find_first(self) -> Told | None:
        """Return the report that was made of the person before, where nothing is decided yet."""
        return find_report_of_person(reporter=self.person, person=self.other)

    @cached_property
    def newest(self) -> Sequence[Message]:
        """The messages that are kept, newest first."""
        return newest_with(reporter=self.person, person_id=self.other.pk)

    def mark(self) -> str:
        """Return a mark of those messages."""
        return mark_of(self.newest)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return who it is, the way to block them instead, and which messages are kept, of how many at most."""
        name = self.other.username
        known = {"name": name, "to_block": address_to_block(name), "newest": EVIDENCE_OF_PERSON, "days": DAYS_KEPT}
        if "outage" not in context:
            known["rows"] = list_of(self.newest, self.person)
        return super().get_context_data(**known, **context)

    def act(self, *, category: str, words: str, seen: str) -> None:
        """Report them."""
        written = {"category": category, "words": words, "seen": seen}
        self.success_url = self._address_of_conversation()
        self.told = report_person(reporter=self.person, username=self.other.username, **written)

    def _address_of_conversation(self) -> str:
        """Return where the conversation with them is; without one, the inbox."""
        try:
            conversation = get_conversation(owner=self.person, username=self.other.username)
        except ConversationNotFound:
            return reverse("messaging:inbox")
        # At its top: what is said of the report stands there.
        return address_with(conversation.peer, "main", unread=position_of(conversation).encode())


def thanks(told: Told, *, may_block: bool) -> SafeString:
    """Return what is said of a new report, with ways to go on."""
    links = [(reverse("moderation:report", args=[told.id]), gettext("See what becomes of it"))]
    if may_block:
        links.append((address_to_block(told.username), gettext("Block %(name)s, too") % {"name": told.username}))
    said = format_html("{}", gettext("Thank you. Moderators will look at what you reported."))
    for address, words in links:
        said += format_html(' <a href="{}">{}</a>', address, words)
    return said


def address_to_block(username: str) -> str:
    """Return the address of the form that blocks somebody, filled in."""
    return f"{reverse('accounts:settings-blocked')}?{urlencode({'username': username})}"
