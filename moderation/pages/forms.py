"""The form of a report."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatsystem.limits import MAX_REPORT_LENGTH
from chatsystem.pages.locale import number
from moderation.pages.words import CATEGORIES


class Radios(forms.RadioSelect):
    """Radio buttons of which the first stands for all: there links to the field lead, and the cursor."""

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        """Return the id of one of them."""
        return super().id_for_label(id_, index or "0")

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return what the template of one of them shows. That something is wrong is said of all, by their group."""
        option = super().create_option(*args, **kwargs)
        option["attrs"].pop("aria-invalid", None)
        if option["index"] != "0":
            option["attrs"].pop("autofocus", None)
        return option


class ReportForm(forms.Form):
    """Asks what is wrong, and for words, and carries a mark of what is reported as it was shown.

    How long words may be is the service's to say; no `maxlength` cuts a paste.
    """

    category = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=list(CATEGORIES.items()),
        widget=Radios,
        error_messages={"required": _("Choose what is wrong.")},
    )
    words = forms.CharField(
        label=_("In your own words (optional)"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = {"limit": number(MAX_REPORT_LENGTH)}
        self.fields["words"].help_text = gettext("At most %(limit)s characters.") % limit
