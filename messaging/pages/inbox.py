"""The inbox: a row a conversation, those with something new first."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.pages.views import PersonalPage
from chatsystem.errors import InvalidQuery
from chatsystem.rate_limits import policies
from chatsystem.rate_limits.policies import Policy
from messaging.pages.inbox_rows import Rows, show_count
from messaging.pages.listing import query
from messaging.pages.live import live
from messaging.services.conversations import Filters, hide, set_flags
from messaging.services.inbox import Spot, list_conversations
from messaging.services.unread import mark_newest_unread, read_everything, read_up_to
from messaging.types import Cursor

ALL, UNREAD, ARCHIVED = "", "unread", "archived"  # what can be shown, as addresses name it
FILTERS = {
    ALL: Filters(archived=False),
    UNREAD: Filters(unread=True, archived=False),
    ARCHIVED: Filters(archived=True),
}


class InboxPage(PersonalPage):
    """Lists conversations, and changes one of them by a button in its row."""

    here = "inbox"
    template_name = "messaging/inbox.html"
    change_policy: ClassVar[Policy | None] = policies.READ  # whoever reads marks as read, as often as they read

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return the rows, and where else one can go."""
        asked = self.request.GET
        show = asked.get("show", ALL)
        if show not in FILTERS:
            raise InvalidQuery.of("show", "invalid_choice", "The inbox shows all, unread or archived conversations.")
        before, after = (
            Spot.decode(asked[name], field=name) if name in asked else None for name in ("before", "after")
        )
        found = list_conversations(owner=self.person, before=before, after=after, filters=FILTERS[show])
        new, earlier = Rows(me=self.person.username).in_groups(found.summaries)
        return super().get_context_data(
            **context,
            show=show,
            new=new,
            earlier=earlier,
            count=show_count(found.unread) if found.unread and found.unread.count else "",
            newer=found.newer and query(show=show, after=found.newer.encode()),
            older=found.older and query(show=show, before=found.older.encode()),
            is_further=bool(before or after),
            archived=found.archived,
            archived_new=found.archived_new,
            **live(self.person),
        )

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button says, and come back to the same place.

        Browsers keep the `#` of the button's address, by which they come back to the row's place in the list.
        """
        for name, change in CHANGES.items():
            if name in request.POST:
                notice = change(self.person, request.POST[name])
                if notice:
                    messages.success(request, notice)
                break
        return HttpResponseRedirect(request.get_full_path(), status=303)


def _read(owner: User, value: str) -> str:
    """Have all be read up to the last message that the row knew of; what came since stays new."""
    place, _space, username = value.partition(" ")
    read_up_to(owner=owner, username=username, up_to=Cursor.decode(place, field="read").message_id)
    return ""


def _unread(owner: User, username: str) -> str:
    if mark_newest_unread(owner=owner, username=username):
        return ""
    return gettext("There is no message from %(name)s that could be unread.") % {"name": username}


def _hide(owner: User, username: str) -> str:
    hide(owner=owner, username=username)
    return gettext("The conversation with %(name)s is hidden until its next message.") % {"name": username}


def _read_all(owner: User, _value: str) -> str:
    read_everything(owner=owner)
    return gettext("Everything is marked as read.")


def _flag(notice: Promise | str = "", **flags: bool) -> Callable[[User, str], str]:
    def change(owner: User, username: str) -> str:
        set_flags(owner=owner, username=username, **flags)
        return str(notice) % {"name": username} if notice else ""

    return change


# What the buttons do, by their names; each returns what there is to say of it, where the list doesn't show it.
CHANGES: dict[str, Callable[[User, str], str]] = {
    "read": _read,
    "unread": _unread,
    "archive": _flag(_("The conversation with %(name)s is archived."), archived=True),
    "unarchive": _flag(_("The conversation with %(name)s is back in the inbox."), archived=False),
    "mute": _flag(muted=True),
    "unmute": _flag(muted=False),
    "hide": _hide,
    "read_all": _read_all,
}
