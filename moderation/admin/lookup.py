"""Looking at what people wrote. Whatever is shown is an answer to a POST, with a reason that was written down before.

No address has a reason or a content in it, and no answer may be kept by a browser or on its way.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from accounts.listing import Link
from accounts.models import User
from chatsystem.limits import EVIDENCE_CONTEXT, MAX_PAGE_SIZE
from messaging.services.inspection import Inspected, InspectedPage, Span
from messaging.types import Cursor
from moderation.admin.asking import MessageForm, MessagesPage, PersonField, SpanForm, address_of
from moderation.admin.messages import LOOK_UP, Shown, rights_of
from moderation.admin.reading import ReadOnlyAdmin
from moderation.admin.redaction import PAGES as REDACTION
from moderation.models import LookUp
from moderation.services import lookup

BEFORE = "before"  # the field that says where a page of messages begins


class AroundForm(MessageForm):
    """Which message, and how much of what stands around it."""

    each_side = forms.IntegerField(
        label="Messages on each side",
        initial=EVIDENCE_CONTEXT,
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_PAGE_SIZE}),
    )
    field_order = ("person", "message_id", "each_side", "reason")


class PairForm(SpanForm):
    """Between whom, of which time, and why."""

    peer = PersonField(label="And", help_text="The other one.")
    field_order = ("person", "peer", "since", "until", "reason")


class LookUpPage(MessagesPage):
    """Shows messages in one of the ways to look."""

    template_name = "admin/look_up.html"
    permission = LOOK_UP
    is_dangerous = False
    text = "Who looks, at what and why is written into the audit log before anything is shown."
    button = "Look"
    name = ""  # of the way
    way = ""  # how it's called beside the other ways

    # With the form's fields: what is to be shown, by a service, which writes the look down; and what stands above it.
    look: Callable[..., InspectedPage]
    heading: Callable[..., str]

    def act(self, **asked: Any) -> HttpResponse:
        """Look, and show what was found."""
        page = self.look(actor=self.actor, **asked)
        context = self.get_context_data(
            form=self.form,
            heading=self.heading(**asked),
            shown=[Shown.of_inspected(found, person_id=asked["person"].pk) for found in page.messages],
            has_looked=True,
            reason=asked["reason"],
            sent=self.sent,
            older=page.older.encode() if page.older else "",
            is_first=BEFORE not in self.request.POST,
        )
        return self.render_to_response(context)

    @property
    def before(self) -> Cursor | None:
        """Where the page begins. Raises `InvalidQuery`."""
        place = self.request.POST.get(BEFORE)
        return Cursor.decode(place, field=BEFORE) if place else None

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Add the other ways, and what may be done about what is shown."""
        tabs = [(Link(address_of(name), page.way), name == self.name) for name, page in WAYS.items()]
        told = {"tabs": tabs, "address": address_of(self.name), **rights_of(self.request)}
        return super().get_context_data(**{**told, **context})


class PersonPage(LookUpPage):
    """What somebody sent and got."""

    form_class = SpanForm
    title = "Look up a person's messages"
    way = "A person's"
    name = "person"

    def look(self, *, since: Any, until: Any, **asked: Any) -> InspectedPage:
        """Look."""
        return lookup.look_up_person(span=Span(since, until), before=self.before, **asked)

    def heading(self, *, person: User, **_: Any) -> str:
        """Say whose they are."""
        return f"What {person.username} sent and got, the newest first"


class PairPage(LookUpPage):
    """What two people wrote to each other."""

    form_class = PairForm
    title = "Look up messages between two people"
    way = "Of two people"
    name = "pair"

    def look(self, *, since: Any, until: Any, **asked: Any) -> InspectedPage:
        """Look."""
        return lookup.look_up_pair(span=Span(since, until), before=self.before, **asked)

    def heading(self, *, person: User, peer: User, **_: Any) -> str:
        """Say whose they are."""
        return f"Between {person.username} and {peer.username}, the newest first"


class MessagePage(LookUpPage):
    """One message."""

    form_class = MessageForm
    title = "Look up a message"
    way = "One message"
    name = "message"

    def look(self, **asked: Any) -> InspectedPage:
        """Look."""
        return _all_of(lookup.look_up_message(**asked))

    def heading(self, *, person: User, **_: Any) -> str:
        """Say whose it is."""
        return f"A message of {person.username}"


class AroundPage(LookUpPage):
    """One message, and what stands around it in its conversation."""

    form_class = AroundForm
    title = "Look around a message"
    way = "Around a message"
    name = "around"

    def look(self, **asked: Any) -> InspectedPage:
        """Look."""
        return _all_of(*lookup.look_up_around(**asked))

    def heading(self, *, person: User, **_: Any) -> str:
        """Say whose it is."""
        return f"Around a message of {person.username}, the newest first"


WAYS: Mapping[str, type[LookUpPage]] = {page.name: page for page in (PersonPage, PairPage, MessagePage, AroundPage)}


@admin.register(LookUp)
class LookUpAdmin(ReadOnlyAdmin):
    """Looks up messages and redacts them. There are no rows: messages aren't in SQL."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the permission to look up messages, which no table's own permissions are."""
        return request.user.has_perm(LOOK_UP)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Stand in lists of what is there for whoever may look."""
        return self.has_view_permission(request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> None:
        """Find none: Django would ask SQL for what isn't there."""
        return

    def get_urls(self) -> Any:
        """Add the ways to look, and the redaction."""
        pages: Mapping[str, Any] = {**WAYS, **REDACTION}
        return [
            *(path(f"{name}/", self._page(page), name=f"moderation_lookup_{name}") for name, page in pages.items()),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Offer the first way to look; the others stand beside it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return PersonPage.as_view(site=self.admin_site)(request)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Say that there is no such page."""
        raise Http404

    def _page(self, page: Any) -> Any:
        return self.admin_site.admin_view(page.as_view(site=self.admin_site))


def _all_of(*found: Inspected) -> InspectedPage:
    return InspectedPage(found, older=None)
