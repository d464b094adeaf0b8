"""Asking for the name of somebody, which one's own conversations suggest."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import User
from chatsystem.errors import StorageUnavailable
from chatsystem.limits import MAX_USERNAME_LENGTH
from messaging.services.conversations import names_of_peers


class NameField(forms.CharField):
    """A username. Who has it, and whether there must be one, is the service's to say."""

    def __init__(self, **options: Any) -> None:
        attributes = {
            "maxlength": MAX_USERNAME_LENGTH,
            "autocomplete": "off",
            "autocapitalize": "none",
            "spellcheck": "false",
            "list": "names",  # the `<datalist>` of `suggested_names`
            "dir": "auto",
        }
        super().__init__(required=False, widget=forms.TextInput(attrs=attributes), **options)


def suggested_names(person: User) -> Sequence[str]:
    """Return the people with whom `person` has conversations, and no others; nobody while Cassandra is away.

    One can type a name all the same.
    """
    try:
        return names_of_peers(owner=person)
    except StorageUnavailable:
        return ()
