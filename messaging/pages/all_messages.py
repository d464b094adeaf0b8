"""All that one sent and got, message by message, whoever it was with."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from accounts.models import User
from accounts.pages.views import PersonalPage
from chatsystem.pages import times
from chatsystem.pages.texts import show_text
from messaging.pages.listing import addresses_of_messages, query, who_to_whom
from messaging.services.history import Place, read_inbox
from messaging.types import Cursor, Message, moment_of, stamp_of


@dataclass(frozen=True, slots=True)
class Row:
    """A message as it is shown, with the day above it where another one begins."""

    day: str
    classes: str
    who: SafeString
    text: SafeString
    is_edited: bool
    address: str
    time: SafeString


class AllMessagesPage(PersonalPage):
    """A page of all messages, newest first."""

    here = "inbox"
    template_name = "messaging/all_messages.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return the messages, and where one can turn to."""
        asked, person = self.request.GET, self.person
        before, after = (
            Cursor.decode(asked[name], field=name) if name in asked else None for name in ("before", "after")
        )
        page = read_inbox(owner=person, place=Place(before=before, after=after))
        return super().get_context_data(
            **context,
            rows=list(_rows(page.messages, person)),
            is_all=page.found_oldest and page.found_newest,
            newer=page.newer and not page.found_newest and query(after=page.newer.encode()),
            older=page.older and query(before=page.older.encode()),
        )


def _rows(messages: Iterable[Message], person: User) -> Iterable[Row]:
    address_of, who = addresses_of_messages(), who_to_whom(person)
    day_before = None
    for message in messages:
        moment = timezone.localtime(moment_of(stamp_of(message.id)))
        yield Row(
            times.heading(moment.date()) if moment.date() != day_before else "",
            "message is-mine" if message.sender_id == person.pk else "message",
            who(message),
            _gap(message, person) if message.redacted_at else show_text(message.content),
            message.edited_at is not None and not message.redacted_at,
            address_of(message.id),
            times.of_day(moment),
        )
        day_before = moment.date()


def _gap(message: Message, person: User) -> SafeString:
    mine = message.sender_id == person.pk
    return format_html(
        '<i class="gone">{}</i>',
        gettext("You deleted this message.") if mine else gettext("This message was deleted."),
    )
