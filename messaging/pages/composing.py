"""What writing a message takes on every page that has a form for it: compose, and a conversation."""

import secrets
from typing import Any, ClassVar

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.pages.views import PersonalForm
from chatsystem.errors import IdempotencyKeyReused, InvalidIdempotencyKey, ReplyNotFound
from chatsystem.limits import MAX_CONTENT_BYTES, MAX_CONTENT_LENGTH
from chatsystem.rate_limits import policies
from chatsystem.rate_limits.policies import Policy

SENT_ALREADY = _("You have sent a message from this form before. Send again if you want to send this one, too.")
NO_KEY = _("This form was incomplete. Nothing was sent; please send again.")


class ContentField(forms.CharField):
    """A message's text, as it was typed: browsers send a line end as two characters, the service counts it as one.

    Whether it is too long or empty is the service's to say, which counts in its own way; no `maxlength`, which would
    cut off what somebody pastes. The script shows a counter by the same numbers, in the `<output data-counter>` of the
    same form.

    Browsers fill in again what was typed when somebody goes back to a form, though the form is a new one with another
    key: what was sent would be sent once more. `autocomplete` keeps them from it.
    """

    def __init__(self, *, rows: int = 3, autocomplete: str | None = "off", **options: Any) -> None:
        attributes = {
            "rows": rows,
            "dir": "auto",
            "autocomplete": autocomplete,
            "required": True,
            "data-limit": MAX_CONTENT_LENGTH,
            "data-bytes": MAX_CONTENT_BYTES,
        }
        widget = forms.Textarea(attrs={name: value for name, value in attributes.items() if value is not None})
        # Not `required` and not stripped: the service decides, and keeps what was sent as it is.
        super().__init__(**{"label": _("Message"), "strip": False, "required": False, "widget": widget, **options})

    def to_python(self, value: Any) -> str:
        """Return the text with single line ends."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class MessageForm(forms.Form):
    """Asks for a text, and carries what has it be sent once: a key, which comes again where the form does."""

    content = ContentField()
    key = forms.CharField(required=False, widget=forms.HiddenInput)
    reply_to = forms.UUIDField(
        required=False, widget=forms.HiddenInput, error_messages={"invalid": ReplyNotFound.message}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", new_key())

    def add_error(self, field: str | None, error: Any) -> None:
        """Tell what is wrong with a field that nobody sees above the form."""
        is_hidden = field is not None and self.fields[field].widget.is_hidden
        super().add_error(None if is_hidden else field, error)

    def renew_key(self) -> None:
        """Have the form be sent under another key next time."""
        self.data = {**self.data.dict(), self.add_prefix("key"): new_key()}  # type: ignore[attr-defined]  # a QueryDict


class SendingPage(PersonalForm):
    """A page whose form sends a message: `act` calls `send_once`, and `MessageForm` is the form's base."""

    form_class = MessageForm
    change_policy: ClassVar[Policy | None] = policies.SEND

    def form_valid(self, form: Any) -> HttpResponse:
        """Send it. Where its key was another message's, say so instead, and have the next try be a new message."""
        try:
            response: HttpResponse = super().form_valid(form)
        except (IdempotencyKeyReused, InvalidIdempotencyKey) as error:
            form.renew_key()
            form.add_error(None, SENT_ALREADY if isinstance(error, IdempotencyKeyReused) else NO_KEY)
            return self.form_invalid(form)
        return response


def new_key() -> str:
    """Return a key that no message was sent under."""
    return secrets.token_urlsafe(12)
