"""Messages as rows of HTML, made here since a template would take longer for fifty than all else that the page does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from uuid import UUID

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from accounts.models import User
from chatsystem.limits import PREVIEW_LENGTH
from chatsystem.pages import times
from chatsystem.pages.texts import show_text
from messaging.pages.listing import addresses_of_messages
from messaging.services.reading import Reading
from messaging.types import Cursor, Message, moment_of, order_of, stamp_of

TOGETHER = timedelta(minutes=5)  # messages of one person that follow each other this closely have their name once


@dataclass(frozen=True, slots=True)
class Rows:
    """Messages as list items under the headings of their days; whether the line above what is new is among them."""

    html: SafeString
    has_new: bool


def rows_of(reading: Reading, person: User, *, position: Cursor | None, found: UUID | None) -> Rows:
    """Return a page's messages, the oldest first; what came after `position` is new, `found` was asked for."""
    messages = reading.page.messages[::-1]
    first_new = _first_new(reading, messages, person, position)
    here = frozenset(message.id for message in messages)
    writer = _Writer(person, answered=reading.answered, here=here, found=found)
    for message in messages:
        if message.id == first_new:
            writer.add_line()
        writer.add(message)
    return Rows(writer.html, has_new=first_new is not None)


def row_of(message: Message, person: User) -> SafeString:
    """Return a message that stands alone."""
    return list_of([message], person)


def list_of(messages: Sequence[Message], person: User) -> SafeString:
    """Return some messages, given the newest first, as a list that is all there is to see."""
    answered = {message.id: message for message in messages}
    writer = _Writer(person, answered=answered, here=frozenset(answered))
    for message in reversed(messages):
        writer.add(message)
    return writer.html


def quote_of(answered: Message, person: User) -> str:
    """Return what is said of a message that another one answers, as text."""
    name = gettext("You") if answered.sender_id == person.pk else answered.sender
    if answered.redacted_at:
        return gettext("%(name)s: a message that was deleted") % {"name": name}
    words = " ".join(answered.content[: 4 * PREVIEW_LENGTH].split())
    return f"{name}: {words}" if len(words) <= PREVIEW_LENGTH else f"{name}: {words[:PREVIEW_LENGTH].rstrip()}…"


class _Writer:
    """Writes one row below the other. What they have in common is looked up once."""

    def __init__(
        self,
        person: User,
        *,
        answered: Mapping[UUID, Message] | None = None,
        here: frozenset[UUID] = frozenset(),
        found: UUID | None = None,
    ) -> None:
        self._person, self._answered, self._here, self._found = person, answered or {}, here, found
        self._address_of = addresses_of_messages()
        self._zone = timezone.get_current_timezone()
        self._you = escape(gettext("You"))
        self._edited = f"<span>{escape(gettext('edited'))}</span> "
        self._actions = escape(gettext("Actions for the message of %(time)s"))
        self._gone = f'<i class="gone">{escape(gettext("This message was deleted."))}</i>'
        self._gone_of_mine = f'<i class="gone">{escape(gettext("You deleted this message."))}</i>'
        self._answers_nothing = f"<i>{escape(gettext('Answers a message that is not here any more.'))}</i>"
        self._before: tuple[UUID, datetime] | None = None  # sender and moment of the message above
        self._parts: list[str] = []

    @property
    def html(self) -> SafeString:
        """What was written up to now."""
        return mark_safe("\n".join(self._parts))  # noqa: S308  (every value in it was escaped)

    def add_line(self) -> None:
        """Write the line above what is new; below it, a name stands again."""
        self._parts.append(f'<li class="unread" id="new">{escape(gettext("New"))}</li>')
        if self._before:
            self._before = self._person.pk, self._before[1]

    def add(self, message: Message) -> None:
        """Write a message, and the heading of its day where that is another one than above."""
        moment = moment_of(stamp_of(message.id)).astimezone(self._zone)
        if self._before is None or self._before[1].date() != moment.date():
            self._parts.append(f'<li class="day"><h2>{times.heading(moment.date())}</h2></li>')
            self._before = None
        goes_on = self._before and self._before[0] == message.sender_id and moment - self._before[1] <= TOGETHER
        self._parts.append(self._row(message, moment, "who out-of-sight" if goes_on else "who"))
        self._before = message.sender_id, moment

    def _row(self, message: Message, moment: datetime, who: str) -> str:
        is_mine = message.sender_id == self._person.pk
        classes = "message is-mine" if is_mine else "message"
        if message.id == self._found:
            classes += " is-found"
        name = self._you if is_mine else escape(message.sender)
        address = self._address_of(message.id)
        label = self._actions % {"time": f"{moment.hour:02}:{moment.minute:02}"}
        return (
            f'<li class="{classes}" id="m-{message.id}">'
            f'<p class="{who}" dir="auto">{name}</p>{self._quote(message.reply_to)}'
            f'<div class="text" dir="auto">{self._text(message, is_mine)}</div>'
            f'<p class="side">{self._edited if message.edited_at and not message.redacted_at else ""}'
            f'<a href="{address}">{times.of_day(moment)}</a> '
            f'<a href="{address}/actions" aria-label="{label}">…</a></p></li>'
        )

    def _text(self, message: Message, is_mine: bool) -> str:
        if message.redacted_at:
            return self._gone_of_mine if is_mine else self._gone
        return show_text(message.content)

    def _quote(self, message_id: UUID | None) -> str:
        """Return what a message answers, with a link to it."""
        if message_id is None:
            return ""
        quote, answered = self._answers_nothing, self._answered.get(message_id)
        if answered is not None:
            address = f"#m-{message_id}" if message_id in self._here else self._address_of(message_id)
            quote = f'<a href="{address}">{escape(quote_of(answered, self._person))}</a>'
        return f'<p class="quote" dir="auto">{quote}</p>'


def _first_new(reading: Reading, messages: Iterable[Message], person: User, position: Cursor | None) -> UUID | None:
    """Return the first message that others sent after `position`, where it's on this page."""
    if position is None or not reading.follows(position):
        return None
    read = order_of(position.message_id)
    others = (message.id for message in messages if message.sender_id != person.pk)
    return next((message_id for message_id in others if order_of(message_id) > read), None)
