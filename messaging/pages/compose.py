"""Writing a message to somebody."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chatsystem.pages.views import focus
from messaging.pages.composing import ContentField, MessageForm, SendingPage, new_key
from messaging.pages.names import NameField, suggested_names
from messaging.services.sending import send_once


class ComposeForm(MessageForm):
    """Asks to whom, and what."""

    recipient = NameField(label=_("To"), help_text=_("The exact username."))
    # Whoever comes back finds what they wrote: the key is in the address, so it's the same message still.
    content = ContentField(rows=8, autocomplete=None)
    field_order = ("recipient", "content")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipient"].widget.attrs["required"] = True


class ComposePage(SendingPage):
    """Sends a message to an exact name, which `?to=` fills in.

    The send key stands in the address. Where browsers fill a form in again for somebody who goes back to it, it would
    have a new key otherwise, and send the same message twice.
    """

    here = "compose"
    template_name = "messaging/compose.html"
    form_class = ComposeForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form, under an address with a key."""
        if "key" not in request.GET:
            asked = {**request.GET.dict(), "key": new_key()}
            return HttpResponseRedirect(f"{request.path}?{urlencode(asked)}")
        return super().get(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        """Return who is written to, and what was typed before a session ended."""
        asked = {"recipient": self.request.GET.get("to", ""), "key": self.request.GET.get("key", "")}
        return {**asked, **super().get_initial()}

    def get_form(self, form_class: Any = None) -> Any:
        """Return the form with the cursor in the first field that is empty."""
        form = super().get_form(form_class)
        focus(form, "content" if form["recipient"].value() else "recipient")
        return form

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return the form and the names of people with whom there are conversations, and no others."""
        names = [] if "outage" in context else suggested_names(self.person)
        return super().get_context_data(**context, names=names)

    def act(self, **fields: Any) -> None:
        """Send it, and find out how its recipient writes their name."""
        sent = send_once(sender=self.person, **fields)
        self.recipient = sent.message.recipient

    def get_success_url(self) -> str:
        """Go to the conversation, where the message stands."""
        return reverse("messaging:conversation", args=[self.recipient])
