"""One message: where it stands, and what can be done with it."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.pages.views import Personal, PersonalForm, PersonalPage
from chatsystem.errors import Unavailable
from chatsystem.rate_limits import policies
from chatsystem.rate_limits.policies import Policy
from messaging.pages.addresses import address_of_place, address_with, peer_of
from messaging.pages.composing import ContentField
from messaging.pages.message_rows import row_of
from messaging.services.altering import (
    check_author,
    delete_for_everyone,
    edit_message,
    get_editable,
    may_edit,
    remove_message,
)
from messaging.services.one_message import get_message
from messaging.services.unread import mark_unread
from messaging.types import Message


class OfMessage(Personal):
    """A page about one message that its reader sent or got; for every other id it is the same 404."""

    here: ClassVar[str] = "inbox"
    change_policy: ClassVar[Policy | None] = policies.SEND
    request: Any
    kwargs: dict[str, Any]

    @property
    def message_id(self) -> UUID:
        """Which message the address names."""
        message_id: UUID = self.kwargs["message_id"]
        return message_id

    def find(self) -> Message:
        """Return the message."""
        return get_message(owner=self.person, message_id=self.message_id)

    def about(self, message: Message) -> dict[str, Any]:
        """Return what templates show of it."""
        return {
            "message_id": message.id,
            "row": row_of(message, self.person),
            "peer": peer_of(message, self.person),
            "place": address_of_place(message, self.person),
        }


class MessagePage(OfMessage, PersonalPage):
    """The address of a message, which leads to its place among the others."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead there."""
        return HttpResponseRedirect(address_of_place(self.find(), self.person))


class ActionsPage(OfMessage, PersonalPage):
    """What can be done with a message."""

    template_name = "messaging/actions.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return the message, and what its reader may do."""
        message = self.find()
        is_mine, is_there = message.sender_id == self.person.pk, not message.redacted_at
        return super().get_context_data(
            **self.about(message),
            may_answer=is_there,
            answer=address_with(peer_of(message, self.person), "composer", reply=str(message.id)),
            may_edit=may_edit(message, self.person),
            is_too_old=is_mine and is_there and not may_edit(message, self.person),
            may_report=not is_mine,
            may_delete=is_mine and is_there,
            link=self.request.build_absolute_uri(reverse("messaging:message", args=[message.id])),
        )


class ChangePage(OfMessage, PersonalForm):
    """A form that changes the message, and goes back to where it stands."""

    form_class = forms.Form
    message: Message  # as it was before, or became

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask, unless it can't be done."""
        self.message = self.find()
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return the message; while Cassandra is away, only the form with what was typed."""
        if "outage" not in context:
            context = {**self.about(self.find()), **context}
        return super().get_context_data(**{"message_id": self.message_id, **context})

    def get_success_url(self) -> str:
        """Go to where the message stands."""
        return address_of_place(self.message, self.person)


class EditForm(forms.Form):
    """Asks for the text that is to stand there."""

    content = ContentField()


class EditPage(ChangePage):
    """Edits one's own message. Where that can't be done any more, an error page has what was typed."""

    form_class = EditForm
    template_name = "messaging/edit.html"

    def find(self) -> Message:
        """Return the message, if its reader may edit it."""
        return get_editable(author=self.person, message_id=self.message_id)

    def get_initial(self) -> dict[str, Any]:
        """Begin with the text that is there."""
        return {"content": self.message.content} if self.request.method != "POST" else {}

    def act(self, *, content: str) -> None:
        """Edit it."""
        self.message = edit_message(author=self.person, message_id=self.message_id, content=content)


class DeletePage(ChangePage):
    """Deletes one's own message for everyone."""

    template_name = "messaging/delete.html"

    def find(self) -> Message:
        """Return the message, if its reader wrote it."""
        message = super().find()
        check_author(message, self.person)
        return message

    def act(self) -> None:
        """Delete it."""
        self.message = delete_for_everyone(author=self.person, message_id=self.message_id)


class RemovePage(ChangePage):
    """Removes one's own copy."""

    template_name = "messaging/remove.html"

    def act(self) -> None:
        """Remove it."""
        self.message = self.find()
        remove_message(owner=self.person, message_id=self.message_id)
        messages.success(self.request, _("Your copy of the message is removed."))


class UnreadPage(ChangePage):
    """Marks as unread from the message on. It goes to the inbox: the conversation's page would mark it read again."""

    http_method_names = ("post",)

    def act(self) -> None:
        """Mark it."""
        peer = peer_of(self.find(), self.person)
        mark_unread(owner=self.person, username=peer, first=self.message_id)
        messages.success(
            self.request, _("The conversation with %(name)s is unread from that message on.") % {"name": peer}
        )

    def form_unavailable(self, form: forms.Form, error: Unavailable) -> HttpResponse:
        """Leave it to the page of errors: nothing was typed."""
        raise error

    def get_success_url(self) -> str:
        """Go to the inbox."""
        return reverse("messaging:inbox")
