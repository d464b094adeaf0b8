"""A conversation: its messages by pages, and the form that adds one."""

from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from chatsystem.errors import ConversationNotFound, StorageUnavailable
from messaging.pages.addresses import address_of_conversation, address_with
from messaging.pages.composing import SendingPage
from messaging.pages.live import live
from messaging.pages.message_rows import quote_of, rows_of
from messaging.services.finding import get_conversation
from messaging.services.history import Day, Place
from messaging.services.reading import Reading, mark_as_seen, open_conversation
from messaging.services.sending import send_once
from messaging.types import Cursor, Message

# Headers in which browsers say that nobody looks at a page yet, or perhaps ever.
AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


class ConversationPage(SendingPage):
    """A page of a conversation, the oldest message on top. Looking at it marks as read what it shows."""

    here = "inbox"
    sent: Message
    template_name = "messaging/conversation.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page; whoever names no place goes on where they were, and the address says where that is."""
        try:
            if not request.GET:
                conversation = get_conversation(owner=self.person, username=kwargs["username"])
                return HttpResponseRedirect(address_of_conversation(conversation))
            reading = self._open()
        except ConversationNotFound:
            return no_conversation(request, kwargs["username"])
        context = self.get_context_data(reading=reading)
        shown = self.render_to_response(context, status=400 if context["day_fault"] else 200)
        if is_looked_at(request):
            # What was read can be shown, whether or not that can be noted.
            with suppress(StorageUnavailable):
                mark_as_seen(reading)
        return shown

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return the page; while Cassandra is away, only the form with what was typed."""
        if "outage" not in context:
            reading = context.get("reading") or self._open()
            context = {**self._shown(reading), **live(self.person), **context}
        return super().get_context_data(**{"peer": self.kwargs["username"], **context})

    def get_form(self, form_class: Any = None) -> Any:
        """Return the form; it stands below the messages, and takes little room."""
        form = super().get_form(form_class)
        form.fields["content"].widget.attrs["rows"] = 2
        return form

    def get_initial(self) -> dict[str, Any]:
        """Have the form answer the message that was chosen."""
        return {**({"reply_to": self.answering} if self.answering else {}), **super().get_initial()}

    def act(self, **fields: Any) -> None:
        """Send it."""
        self.sent = send_once(sender=self.person, recipient=self.kwargs["username"], **fields).message

    def get_success_url(self) -> str:
        """Go to the newest messages; all up to this one are read."""
        return address_with(self.kwargs["username"], unread=Cursor(self.sent.id).encode())

    @property
    def answering(self) -> UUID | None:
        """The message that is being answered."""
        asked = self.request.POST.get("reply_to") or self.request.GET.get("reply")
        with suppress(ValueError, TypeError):
            return UUID(asked)
        return None

    def _open(self) -> Reading:
        return open_conversation(
            owner=self.person,
            username=self.kwargs["username"],
            place=self._place(),
            position=self._cursor("unread"),
            also=self.answering,
        )

    def _place(self) -> Place:
        day = day_of(self.request.GET.get("date", ""))
        return Place(self._cursor("before"), self._cursor("after"), self._cursor("around"), day)

    def _cursor(self, name: str) -> Cursor | None:
        text = self.request.GET.get(name)
        return None if text is None else Cursor.decode(text, field=name)

    def _shown(self, reading: Reading) -> dict[str, Any]:
        page, place, position = reading.page, self._place(), self._cursor("unread")
        asked_day = self.request.GET.get("date", "")
        rows = rows_of(reading, self.person, position=position, found=place.around.message_id if place.around else None)
        answering = reading.answered.get(self.answering) if self.answering else None
        return {
            "peer": reading.conversation.peer,
            "rows": rows.html,
            "has_new": rows.has_new,
            "page": page,
            "older": self._link(reading, "before", page.older),
            "newer": None if page.found_newest else self._link(reading, "after", page.newer),
            "day": place.date and place.date.date.isoformat(),
            "day_fault": "" if place.date or not asked_day else no_date(asked_day),
            "answering": quote_of(answering, self.person) if answering else "",
        }

    def _link(self, reading: Reading, name: str, cursor: Cursor | None) -> str | None:
        """Return the address of the next page in a direction; the line above what is new stays where it is."""
        if cursor is None:
            return None
        kept = self.request.GET.get("unread")
        asked = {name: cursor.encode(), **({"unread": kept} if kept else {})}
        # Whoever reads back goes on from the end of the page.
        return address_with(reading.conversation.peer, "end" if name == "before" else "main", **asked)


def day_of(text: str) -> Day | None:
    """Return a day as the browser's field for dates sends it, where the reader lives."""
    with suppress(ValueError):
        return Day(date.fromisoformat(text), timezone.get_current_timezone())
    return None


def no_date(text: str) -> str:
    """Return what is said of a text that isn't a date."""
    return _("“%(text)s” is no date. One is written as 2026-11-24.") % {"text": text}


def is_looked_at(request: HttpRequest) -> bool:
    """Whether somebody is about to see the page: not a program's HEAD, nor a browser that fetches it ahead of time."""
    ahead = " ".join(request.headers.get(name, "") for name in AHEAD).lower()
    return request.method == "GET" and not any(word in ahead for word in ("prefetch", "prerender", "preview"))


def no_conversation(request: HttpRequest, username: str) -> HttpResponse:
    """Say that there is none, alike for every name; writing tells whether the person takes messages."""
    return render(request, "messaging/no_conversation.html", {"name": username, "here": "inbox"}, status=404)
