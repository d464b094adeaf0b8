"""What forms about messages have in common: they name people, messages and spans of time."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.acting import ActionPage, MomentField, ReasonForm
from accounts.admin import check_outranks
from accounts.services.people import find_by_name_or_id
from chatsystem.errors import ChatError, FieldError, MessageNotFound
from moderation.admin.audit import as_number
from moderation.admin.messages import LOOK_UP

PEOPLE = {"person", "peer"}  # fields that name somebody


class PersonField(forms.CharField):
    """Somebody, by name or id."""

    def clean(self, value: Any) -> Any:
        """Return the account."""
        name = super().clean(value)
        person = find_by_name_or_id(name=name)
        if person is None:
            raise ValidationError("Nobody has this name or id.", code="person_not_found")
        return person


class MessageForm(ReasonForm):
    """Which message, and why."""

    person = PersonField(help_text="The name or the id of either of its two people.")
    message_id = forms.UUIDField(label="Message", help_text="Its id.")
    field_order: Sequence[str] = ("person", "message_id", "reason")


class SpanForm(ReasonForm):
    """Whose messages, of which time, and why."""

    person = PersonField(help_text="A name or an id.")
    since = MomentField(label="From", required=False)
    until = MomentField(label="To", required=False)
    field_order: Sequence[str] = ("person", "since", "until", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        self.fields["since"].help_text = f"Empty: from the beginning. By {zone} time."
        self.fields["until"].help_text = f"Empty: up to now. By {zone} time."


class MessagesPage(ActionPage):
    """Does something about messages. An address may name people and messages, with which the form begins.

    It never has a reason, nor what anybody wrote.
    """

    form: forms.Form  # as it was filled in

    def get_initial(self) -> dict[str, Any]:
        """Begin with what the address names; of people with their names."""
        form_class: Any = self.form_class
        asked = {name: self.request.GET[name] for name in form_class.base_fields if name in self.request.GET}
        asked.pop("reason", None)
        for name in PEOPLE:
            if person := find_by_name_or_id(name=asked.get(name, "").replace("\0", "")):
                asked[name] = person.username
        return asked

    def get_back(self) -> str:
        """Go back to the case that led here, if one did."""
        if self.case_id:
            return reverse("admin:moderation_case_change", args=[self.case_id])
        return reverse("admin:moderation_lookup_changelist" if self.request.user.has_perm(LOOK_UP) else "admin:index")

    @property
    def case_id(self) -> int | None:
        """The case that led here. Raises `Http404` for what is none's number."""
        return as_number(self.request.GET["case"]) if "case" in self.request.GET else None

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Say which case it is."""
        return super().get_context_data(**{"subtitle": f"Case {self.case_id}" if self.case_id else "", **context})

    def form_valid(self, form: forms.Form) -> Any:
        """Keep the form, for answers that are pages with it.

        Raises `PermissionDenied` where it asks for all that an operator wrote who may do more. One message is found
        whoever wrote it: moderation stops at nobody's.
        """
        self.form = form
        if isinstance(form, SpanForm):
            for name in PEOPLE & form.cleaned_data.keys():
                check_outranks(self.request.user, form.cleaned_data[name])
        return super().form_valid(form)

    def form_refused(self, form: forms.Form, error: ChatError) -> HttpResponse:
        """Say beside the message's id that there is no such message."""
        if isinstance(error, MessageNotFound):
            message = "This person has no such message."
            error = MessageNotFound(errors=[FieldError("message_id", error.code, message)])
        return super().form_refused(form, error)

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What was filled in, for a form whose fields aren't shown."""
        return [(name, self.request.POST.get(name, "")) for name in self.form.fields]


def address_of(page: str, **asked: object) -> str:
    """Return where a page about messages is, by its name; its form begins with what is named."""
    return f"{reverse(f'admin:moderation_lookup_{page}')}{'?' if asked else ''}{urlencode(asked)}"
