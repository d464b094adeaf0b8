"""Reading a conversation: a page of it with what its messages answer, where it begins to be unread, that it is read.

`history` reads pages for whoever keeps track by themselves; here the read position decides where to begin, and moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from chatsystem.limits import DEFAULT_PAGE_SIZE
from chatsystem.metrics import counted
from messaging import metrics
from messaging.services.finding import get_conversation
from messaging.services.history import NEWEST, Place, check_page, read_timeline
from messaging.services.unread import mark_read
from messaging.store.one_message import find_some
from messaging.types import Conversation, Cursor, Message, Page, last_id_at, order_of, stamp_of

BEFORE_ALL = Cursor(last_id_at(0))


@dataclass(frozen=True, slots=True)
class Reading:
    """A page of a conversation that somebody reads. `begin` is the place before its first message."""

    conversation: Conversation
    page: Page
    begin: Cursor
    answered: Mapping[UUID, Message]  # what messages of the page answer, as far as it's there

    def follows(self, position: Cursor) -> bool:
        """Whether nothing lies between a place and the page's first message."""
        return _follows(self.page, self.begin, position)


def position_of(conversation: Conversation) -> Cursor:
    """Return the place up to which a conversation was read: all others sent after it is unread."""
    if conversation.marked_from is not None:
        return Cursor(last_id_at(stamp_of(conversation.marked_from) - 1))
    return Cursor(conversation.read_up_to) if conversation.read_up_to is not None else BEFORE_ALL


@counted(metrics.PAGE_READS)
def open_conversation(
    *,
    owner: User,
    username: str,
    place: Place = NEWEST,
    position: Cursor | None = None,
    also: UUID | None = None,
    limit: int = DEFAULT_PAGE_SIZE,
) -> Reading:
    """Return `limit` messages of a conversation at most, as `read_conversation` does, with what they answer, and
    with the message `also`, which somebody is about to answer.

    Where no place is asked for, it's the newest ones; or, where more came after `position`, those on both its sides;
    or the oldest ones, where nothing was ever read.
    Nothing is marked as read. Raises what `read_conversation` does.
    """
    check_page(place, limit)
    conversation = get_conversation(owner=owner, username=username)
    if place == NEWEST and position == BEFORE_ALL:
        place = Place(after=BEFORE_ALL)
    page = read_timeline(conversation.timeline, place, limit)
    if place == NEWEST and position and not _follows(page, _begin_of(page, place), position):
        place = Place(around=position)
        page = read_timeline(conversation.timeline, place, limit)
    return Reading(conversation, page, _begin_of(page, place), _find_answered(conversation, page, also))


def mark_as_seen(reading: Reading) -> None:
    """Have all be read up to the newest message that a page shows, unless it left out what is unread before it.

    Whoever sees the newest message of all has read the conversation, whatever they left out.
    Raises `StorageUnavailable`.
    """
    conversation, page = reading.conversation, reading.page
    if not page.messages or not conversation.may_be_unread:
        return
    position, newest = position_of(conversation), page.messages[0].id
    is_new = order_of(newest) > order_of(position.message_id)
    if is_new and (page.found_newest or reading.follows(position)):
        mark_read(conversation, up_to=newest)


def _begin_of(page: Page, place: Place) -> Cursor:
    return place.after or (place.date and place.date.begins) or page.older or BEFORE_ALL


def _follows(page: Page, begin: Cursor, position: Cursor) -> bool:
    return page.found_oldest or order_of(begin.message_id) <= order_of(position.message_id)


def _find_answered(conversation: Conversation, page: Page, also: UUID | None) -> Mapping[UUID, Message]:
    """Return what messages of a page answer; most of it stands on the same page."""
    asked = {message.reply_to for message in page.messages if message.reply_to}
    asked |= {also} if also else set()
    here = {message.id: message for message in page.messages if message.id in asked}
    return here | find_some(conversation.timeline, asked - here.keys())
