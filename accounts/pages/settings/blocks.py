"""People from whom one wants no messages."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.pages.settings.views import SettingsForm
from accounts.services.blocks import block, list_blocks, unblock
from chatsystem.limits import MAX_USERNAME_LENGTH
from chatsystem.pages import times


@dataclass(frozen=True, slots=True)
class BlockRow:
    """Somebody who is blocked, and since when."""

    username: str
    since: SafeString


class BlockForm(forms.Form):
    """Asks for a name."""

    username = forms.CharField(
        label=_("Username"),
        help_text=_("They aren't told: to them it is as if nobody had your name."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "dir": "auto",
                "maxlength": MAX_USERNAME_LENGTH,
            }
        ),
    )


class BlocksPage(SettingsForm):
    """Lists them, blocks by name and unblocks."""

    section = "blocked"
    form_class = BlockForm
    template_name = "accounts/settings/blocks.html"
    success_url = reverse_lazy("accounts:settings-blocked")

    def get_initial(self) -> dict[str, Any]:
        """Begin with the name that a link to this page carries."""
        return {"username": self.request.GET.get("username", ""), **super().get_initial()}

    def act(self, *, username: str) -> None:
        """Block somebody."""
        block(person=self.person, username=username)
        self.done = gettext("You get no messages from %(name)s any more.") % {"name": username}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return what the template knows."""
        blocked = list_blocks(person=self.person)
        rows = [BlockRow(one.username, times.on_day(one.blocked_at)) for one in blocked]
        return super().get_context_data(rows=rows, **context)


class UnblockPage(BlocksPage):
    """Where the buttons beside the names lead."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead back: whoever comes by a link, as after logging in again, wants the list."""
        return HttpResponseRedirect(self.get_success_url())

    def act(self, *, username: str) -> None:
        """Unblock somebody."""
        unblock(person=self.person, username=username)
        self.done = gettext("%(name)s can write to you again.") % {"name": username}
