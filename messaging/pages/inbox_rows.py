"""Rows of the inbox as HTML, made here since a template would take longer for them than all else that the page does."""

from collections.abc import Sequence
from html import escape  # Django's does the same in four times the time
from urllib.parse import quote

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from chatsystem.pages import times
from messaging.pages.addresses import NEW
from messaging.services.inbox import is_new
from messaging.services.reading import position_of
from messaging.types import Conversation, Cursor, LastMessage, Summary, Unread, moment_of, stamp_of

SOMEBODY = "-"  # stands for a name at the end of an address


class Rows:
    """Rows of one answer: what they have in common is looked up once."""

    def __init__(self, *, me: str) -> None:
        self._me = me
        self._before_name = reverse("messaging:conversation", args=[SOMEBODY]).removesuffix(SOMEBODY)
        self._you = escape(gettext("You:"))
        self._about = escape(gettext("More about %(name)s"))
        self._self = f' <span class="small">{escape(gettext("(you)"))}</span>'
        self._muted = f'<span class="tag">{escape(gettext("Muted"))}</span>'
        self._removed = _gone(gettext("You have removed all messages."))
        self._deleted = _gone(gettext("This message was deleted."))
        self._deleted_by_me = _gone(gettext("You deleted this message."))
        self._labels = {
            "read": escape(gettext("Mark as read")),
            "unread": escape(gettext("Mark as unread")),
            "archive": escape(gettext("Archive")),
            "unarchive": escape(gettext("Move to the inbox")),
            "mute": escape(gettext("Mute")),
            "unmute": escape(gettext("Unmute")),
            "hide": escape(gettext("Hide until the next message")),
        }

    def in_groups(self, summaries: Sequence[Summary]) -> tuple[SafeString, SafeString]:
        """Return those with something new, and the others."""
        new: list[Summary] = []
        others: list[Summary] = []
        for one in summaries:
            (new if one.is_unread and is_new(one.conversation) else others).append(one)
        # What seemed to be new and was removed stands before the others, wherever its time is.
        others.sort(key=lambda one: stamp_of(one.conversation.last_id), reverse=True)
        rows = [self.row(one, number, new=number < len(new)) for number, one in enumerate([*new, *others])]
        return _joined(rows[: len(new)]), _joined(rows[len(new) :])

    def row(self, summary: Summary, number: int, *, new: bool) -> str:
        """Return a conversation's row: all of it is one link, but for the menu."""
        conversation = summary.conversation
        name = escape(conversation.peer)
        words = count = ""
        if summary.is_unread:
            words = f'<span class="out-of-sight"> {escape(in_words(summary.unread))}</span>'
            count = f'<span class="count" aria-hidden="true">{show_count(summary.unread)}</span>'
        return (
            f'<li id="row-{number}"{" class=is-new" if new else ""}>'
            f'<a class="name" href="{self._address_of(conversation)}"><bdi>{name}</bdi>'
            f"{self._self if conversation.peer == self._me else ''}{words}</a>"
            f'<p class="preview">{self._preview(summary.last)}</p>'
            f'<div class="side">{times.in_list(moment_of(stamp_of(conversation.last_id)))}'
            f"<span>{self._muted if conversation.muted else ''}{count}</span></div>"
            f'<details class="menu" name="menu"><summary aria-label="{self._about % {"name": name}}">⋯</summary>'
            f"<div>{self._buttons(summary, name, number)}</div></details></li>"
        )

    def _address_of(self, conversation: Conversation) -> str:
        """Return where somebody goes on reading, as `address_of_conversation` does."""
        asked = f"?unread={position_of(conversation).encode()}"
        return f"{self._before_name}{quote(conversation.peer, safe='')}{asked}#{NEW}"

    def _preview(self, last: LastMessage | None) -> str:
        if last is None:
            return self._removed
        mine = last.sender == self._me
        if last.preview is None:
            return self._deleted_by_me if mine else self._deleted
        return f"{self._you} <bdi>{escape(last.preview)}</bdi>" if mine else f"<bdi>{escape(last.preview)}</bdi>"

    def _buttons(self, summary: Summary, name: str, number: int) -> str:
        """Return what can be done with a conversation, as buttons of the form around all rows."""
        conversation = summary.conversation
        values = {
            "unarchive" if conversation.archived else "archive": name,
            "unmute" if conversation.muted else "mute": name,
            "hide": name,
        }
        if summary.is_unread:
            values = {"read": f"{Cursor(conversation.last_id).encode()} {name}", **values}
        elif conversation.peer != self._me:
            values = {"unread": name, **values}
        # Browsers keep the `#` of the address that they sent a form to, and come back to this place in the list.
        return "".join(
            f'<button name="{what}" value="{value}" formaction="#row-{number}">{self._labels[what]}</button>'
            for what, value in values.items()
        )


def show_count(unread: Unread) -> str:
    """Return a number of unread messages: 3, or 99+."""
    return f"{unread.count}+" if unread.more else str(unread.count)


def in_words(unread: Unread) -> str:
    """Return a number of unread messages for those who only hear it."""
    if unread.more:
        text = ngettext("more than %(count)d unread message", "more than %(count)d unread messages", unread.count)
    else:
        text = ngettext("%(count)d unread message", "%(count)d unread messages", unread.count)
    return text % {"count": unread.count}


def _gone(text: str) -> str:
    return f'<span class="gone">{escape(text)}</span>'


def _joined(rows: Sequence[str]) -> SafeString:
    return mark_safe("\n".join(rows))  # noqa: S308  (every value in them is escaped)
