"""How pages say what the service refuses: in the reader's language, and in words for people."""

from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chatsystem.errors import ChatError, FieldError, RateLimited
from chatsystem.pages.locale import translated
from chatsystem.translatable import Translatable

# In place of texts that clients of the old service match.
WORDS = {
    "username_taken": _("Somebody has this name already. Please choose another one."),
    "invalid_login": _("The username or the password is not right."),
    "recipient_not_found": _("Nobody of this name takes messages from you. Is it spelt as they spell it?"),
    "unexpected": _("This is our mistake, not yours. Please try again later."),
}
# In place of the status' own phrase, which tells people little: by the error's code, else by its status.
TITLES: dict[str | int, Any] = {
    "account_suspended": _("You can't log in at the moment"),
    "registration_closed": _("Registration is closed"),
    "cannot_report_yourself": _("This can't be reported"),
    "stale_form": _("This form is out of date"),
    "link_invalid": _("This link doesn't work any more"),
    "rate_limited": _("Please wait a little"),
    404: _("Not found"),
    405: _("This doesn't work here"),
    413: _("This is too much at once"),
    500: _("Something went wrong"),
    503: _("Out of order for a moment"),
}


def title_of(error: ChatError) -> str:
    """Return the heading of an error's page."""
    title = TITLES.get(error.code) or TITLES.get(error.status)
    return str(title) if title else gettext(HTTPStatus(error.status).phrase)


def in_words(error: ChatError | FieldError) -> str:
    """Return what has happened, in a sentence or two."""
    if error.code in WORDS:
        return str(WORDS[error.code])
    if isinstance(error, RateLimited):
        return f"{_too_many(error)} {_try_again(error.retry_after or 0)}"
    return translated(error.message)


def _too_many(error: RateLimited) -> str:
    return translated(Translatable("Too many {what}.", what=error.what)) if error.what else translated(error.message)


def _try_again(seconds: int) -> str:
    if seconds <= 90:
        return ngettext("Try again in %(count)d second.", "Try again in %(count)d seconds.", seconds) % {
            "count": seconds
        }
    minutes = -(-seconds // 60)  # rounded up: a try that comes too early would be refused again
    return ngettext("Try again in %(count)d minute.", "Try again in %(count)d minutes.", minutes) % {"count": minutes}
