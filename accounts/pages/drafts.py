"""What somebody was typing when their session turned out to have ended: it comes back once they have logged in again.

The refused form's fields travel as hidden fields of the log-in form, however often the password is wrong. Then they
wait in the new session for their page, which takes them as its form's `initial`; from there on they are nowhere else.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import HttpRequest

from chatsystem.limits import MAX_CONTENT_LENGTH

PREFIX = "draft-"  # of the fields' names in the log-in form; chatsystem.pages.errors.WRITTEN knows one of them
KEPT = "draft"  # in the session
MOST = 4 * MAX_CONTENT_LENGTH  # characters of a field: of what could be sent, nothing is lost

Fields = dict[str, str]


def typed(request: HttpRequest, form: type[forms.Form] | None) -> Fields:
    """Return what stands in a form of that class that was just sent: texts, and never a password."""
    if request.method != "POST" or form is None:
        return {}
    names = [name for name, field in form.base_fields.items() if not isinstance(field.widget, forms.PasswordInput)]
    return _bounded({name: request.POST[name] for name in names if request.POST.get(name)})


def carried(request: HttpRequest) -> Fields:
    """Return what the log-in form that was just sent carries."""
    names = [name for name in request.POST if name.startswith(PREFIX)]
    return _bounded({name.removeprefix(PREFIX): request.POST[name] for name in names})


def hidden(fields: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Return names and values of the log-in form's hidden fields."""
    return [(PREFIX + name, value) for name, value in fields.items()]


def keep(request: HttpRequest, path: str, fields: Fields) -> None:
    """Keep what was typed in the new session, for the page at `path`; call after logging in."""
    if fields:
        request.session[KEPT] = {"path": urlsplit(path).path, "fields": fields}


def take(request: Any) -> Fields:
    """Return what was kept for this page, as its form's `initial`: once, when it is asked for by GET.

    It goes from the session by `let_go`, when the page was made: an outage on the way must not lose it.
    """
    if request.method != "GET":
        return {}
    kept = request.session.get(KEPT)
    if not kept or kept["path"] != request.path:
        return {}
    request.took_draft = True
    fields: Fields = kept["fields"]
    return fields


def let_go(request: Any) -> None:
    """Forget what `take` has handed out for a page that is ready."""
    if getattr(request, "took_draft", False):
        request.session.pop(KEPT, None)


def _bounded(fields: Fields) -> Fields:
    # As the service counts line ends; a browser sends each as two characters.
    return {name: value.replace("\r\n", "\n")[:MOST] for name, value in fields.items()}
