"""Searching what one sent and got. A search is an address, which can be kept and gone back to."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.pages.views import PersonalPage
from chatsystem.errors import ChatError, ConversationNotFound, StorageUnavailable
from chatsystem.limits import MAX_QUERY_LENGTH
from chatsystem.pages import times
from chatsystem.pages.views import focus
from chatsystem.pages.words import in_words
from messaging.pages.excerpts import excerpt
from messaging.pages.listing import addresses_of_messages, query, who_to_whom
from messaging.pages.names import NameField, suggested_names
from messaging.search import Found, parse
from messaging.services.conversations import read_one
from messaging.services.history import Day
from messaging.services.search import Filters, search_messages
from messaging.types import Cursor, Message, moment_of, stamp_of

DAY = timedelta(days=1)
DATE_FORMAT = "%Y-%m-%d"  # as browsers send a date, whatever they show


class DayField(forms.DateField):
    """A day where the reader lives."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            input_formats=[DATE_FORMAT],
            widget=forms.DateInput(format=DATE_FORMAT, attrs={"type": "date"}),
            error_messages={"invalid": _("A date is written as 2026-11-24.")},
            **options,
        )


class SearchForm(forms.Form):
    """Asks for what to find, and where."""

    q = forms.CharField(
        label=_("Words or a “phrase”"),
        required=False,  # that there must be something to look for is the service's to say
        widget=forms.SearchInput(attrs={"required": True, "maxlength": MAX_QUERY_LENGTH, "dir": "auto"}),
    )
    since = DayField(label=_("Not before"))
    until = DayField(label=_("Not after"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # These names are words of Python.
        self.fields["with"] = NameField(label=_("In the conversation with"))
        self.fields["from"] = NameField(label=_("Sent by"))
        self.order_fields(("q", "with", "from", "since", "until"))

    @property
    def has_more(self) -> bool:
        """Whether more is asked for, or wrong, than the words."""
        return any(field.value() or field.errors for field in self.visible_fields()[1:])

    def filters(self) -> Filters:
        """Return which messages to look at."""
        asked = self.cleaned_data
        return Filters(
            peer=asked["with"] or None,
            sender=asked["from"] or None,
            since=_beginning_of(asked["since"]),
            until=_beginning_of(asked["until"], days=1),
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A message that was found."""

    address: str
    who: SafeString
    text: SafeString
    time: SafeString


class SearchPage(PersonalPage):
    """Shows the form, and what was found, newest first."""

    here = "search"
    template_name = "messaging/search.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer; in an outage with the form as it was filled in."""
        is_asked = "q" in request.GET
        form = SearchForm(request.GET if is_asked else None)
        found, outage = None, None
        try:
            if is_asked and form.is_valid():
                found = self._find(form)
        except StorageUnavailable as error:
            outage = error
        faulty = next((field.name for field in form.visible_fields() if field.errors), None)
        if faulty or not is_asked:
            focus(form, faulty or "q")
        context = self.get_context_data(form=form, outage=outage and in_words(outage), **self._shown(form, found))
        response = self.render_to_response(context, status=outage.status if outage else None)
        if outage:
            response["Retry-After"] = str(outage.retry_after)
        return response

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return the names of people with whom there are conversations, too."""
        names = [] if context["outage"] else suggested_names(self.person)
        return super().get_context_data(**context, names=names)

    def _find(self, form: SearchForm) -> Found | None:
        """Return what was found; None where something is wrong, which then stands beside its field."""
        before = self.request.GET.get("before")
        try:
            return search_messages(
                owner=self.person,
                text=form.cleaned_data["q"],
                filters=form.filters(),
                before=Cursor.decode(before, field="before") if before else None,
            )
        except ConversationNotFound:
            form.add_error(_unknown(self.person, form), _("You have no conversation with anybody of this name."))
        except ChatError as error:
            wrong = [one for one in error.errors if one.field in form.fields]
            if not wrong:
                raise
            for one in wrong:
                form.add_error(one.field, in_words(one))
        return None

    def _shown(self, form: SearchForm, found: Found | None) -> dict[str, Any]:
        if found is None:
            return {}
        asked = self.request.GET.dict()
        reached = found.reached and times.in_full(moment_of(stamp_of(found.reached)))
        return {
            "found": found,
            "rows": _rows(found.messages, parse(form.cleaned_data["q"]), self.person),
            "reached": reached,
            "older": found.older and query(**{**asked, "before": found.older.encode()}),
            "newest": "before" in asked and query(**{**asked, "before": None}),
        }


def _rows(messages: Sequence[Message], terms: Sequence[str], person: User) -> list[Row]:
    address_of, who = addresses_of_messages(), who_to_whom(person)
    return [
        Row(
            address_of(message.id),
            who(message),
            excerpt(message.content, terms),
            times.in_list(moment_of(stamp_of(message.id))),
        )
        for message in messages
    ]


def _unknown(owner: User, form: SearchForm) -> str:
    """Return the field with the name of which there is no conversation: the first, where neither has one."""
    if not form.cleaned_data["with"]:
        return "from"
    with suppress(ConversationNotFound):
        read_one(owner=owner, username=form.cleaned_data["with"])
        return "from"
    return "with"


def _beginning_of(day: date | None, *, days: int = 0) -> Cursor | None:
    """Return the place where a day begins, or one that is `days` later."""
    if day is None:
        return None
    return Day(min(day, date.max - DAY) + days * DAY, timezone.get_current_timezone()).begins
