"""Reading a history: by numbered pages, as the old service did, and by places."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, tzinfo
from uuid import UUID

from accounts.models import User
from chatsystem.errors import InvalidQuery
from chatsystem.limits import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from chatsystem.metrics import counted
from messaging import cache, metrics
from messaging.services.finding import find_timeline, get_conversation
from messaging.store import timeline as store
from messaging.store import totals
from messaging.types import Cursor, Message, Page, Timeline, last_id_at


@dataclass(frozen=True, slots=True)
class Day:
    """A day where somebody lives."""

    date: date
    zone: tzinfo

    @property
    def begins(self) -> Cursor:
        """The place just before its first moment.

        Where clocks skip midnight that is the moment of the skip; where they repeat it, the first of the two; where
        they skip the whole day, the next one's beginning.
        """
        midnight = datetime.combine(self.date, time.min, self.zone)
        return Cursor(last_id_at(min(max(round(midnight.timestamp()), 0), LAST_SECOND) * 1_000_000 - 1))


@dataclass(frozen=True, slots=True)
class Place:
    """Which page of a history is asked for, by one of these at most; by none of them it's the newest."""

    before: Cursor | None = None
    after: Cursor | None = None
    around: Cursor | None = None
    date: Day | None = None

    def check(self) -> None:
        """Raise `InvalidQuery` where more than one is named."""
        named = [field.name for field in fields(self) if getattr(self, field.name)]
        if len(named) > 1:
            message = "Only one of before, after, around and date can be asked for."
            raise InvalidQuery.of(named[1], "exclusive", message)


NEWEST = Place()
LAST_SECOND = 100_000_000_000  # since 1970: in the year 5138; a message's id can't hold much more


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """Page `number` (from 1) of a timeline, newest first, with the timeline's total."""

    messages: Sequence[Message]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages of this size there are."""
        return -(-self.total // self.size)


def read_inbox_page(*, owner: User, number: int, size: int) -> NumberedPage:
    """Return a numbered page of all that `owner` sent and got. Past the last page it is empty, with the true total.

    Costs the same for the first page whatever the inbox's size; a far page costs by its depth.
    Raises `InvalidQuery` for a size over the limit, and `StorageUnavailable`.
    """
    check_limit(size, field="pageSize")
    page = _read_numbered(Timeline(owner.pk), number, size)
    metrics.PAGES.labels("cassandra").inc()
    return page


@counted(metrics.PAGE_READS)
def show_inbox_page(*, owner: User, number: int, size: int, show: Callable[[NumberedPage], bytes]) -> bytes:
    """Return what `show` makes of a numbered page; of the first page from the cache, where it is there.

    What is cached is what is answered, so that a hit costs one request to Redis and nothing else.
    """
    check_limit(size, field="pageSize")
    if number != 1:
        return show(read_inbox_page(owner=owner, number=number, size=size))
    name = f"{show.__name__}:{size}"
    return _remember(owner.pk, name, lambda: show(read_inbox_page(owner=owner, number=number, size=size)))


@counted(metrics.PAGE_READS)
def read_inbox(*, owner: User, limit: int = DEFAULT_PAGE_SIZE, place: Place = NEWEST) -> Page:
    """Return up to `limit` messages of all that `owner` sent and got, newest first.

    The newest ones; or those next older than `before`; or those next newer than `after`; or those on both sides of
    `around`, with the one that is there; or those from the beginning of a `date` on. Walking either way from page to
    page shows each message exactly once, whatever arrives meanwhile. Behind very many removed messages a page comes
    short; what it says of the ends stays true.
    Raises `InvalidQuery` for a limit out of range or two places named, and `StorageUnavailable`.
    """
    check_page(place, limit)
    return read_timeline(Timeline(owner.pk), place, limit)


@counted(metrics.PAGE_READS)
def read_conversation(*, owner: User, username: str, limit: int = DEFAULT_PAGE_SIZE, place: Place = NEWEST) -> Page:
    """Return up to `limit` of the messages between `owner` and `username`, as `read_inbox` does.

    Raises `ConversationNotFound` where there never was any, and what `read_inbox` raises.
    """
    check_page(place, limit)
    timeline = find_timeline(owner=owner, username=username)
    return _read_conversation(owner, username, timeline, place, limit)


@counted(metrics.PAGE_READS)
def show_inbox(*, owner: User, show: Callable[[Page], bytes], limit: int, place: Place = NEWEST) -> bytes:
    """Return what `show` makes of `read_inbox`; of the newest page from the cache, where it is there."""
    check_page(place, limit)
    timeline = Timeline(owner.pk)
    return _show(timeline, place, limit, show, lambda: read_timeline(timeline, place, limit))


@counted(metrics.PAGE_READS)
def show_conversation(
    *, owner: User, username: str, show: Callable[[Page], bytes], limit: int, place: Place = NEWEST
) -> bytes:
    """Return what `show` makes of `read_conversation`; of the newest page from the cache, where it is there."""
    check_page(place, limit)
    timeline = find_timeline(owner=owner, username=username)
    return _show(timeline, place, limit, show, lambda: _read_conversation(owner, username, timeline, place, limit))


def check_page(place: Place, limit: int) -> None:
    """Raise `InvalidQuery` for a limit out of range, or for two places."""
    check_limit(limit, field="limit")
    place.check()


def check_limit(limit: int, *, field: str) -> None:
    """Raise `InvalidQuery` for a page that is too small or too large: it is refused, never cut."""
    if not 1 <= limit <= MAX_PAGE_SIZE:
        message = f"A page has 1 to {MAX_PAGE_SIZE} messages."
        raise InvalidQuery.of(field, "out_of_range", message, MAX_PAGE_SIZE)


def _show(
    timeline: Timeline, place: Place, limit: int, show: Callable[[Page], bytes], read: Callable[[], Page]
) -> bytes:
    """Return what `show` makes of what `read` returns, or what it made of it before.

    Only pages of the default size are kept, so that nobody fills Redis with a hundred sizes of each.
    """
    if place != NEWEST or limit != DEFAULT_PAGE_SIZE:
        return show(read())
    name = f"{show.__name__}:{timeline.conversation_id}"
    return _remember(timeline.owner_id, name, lambda: show(read()))


def _remember(owner_id: UUID, name: str, make: Callable[[], bytes]) -> bytes:
    """Return a page from the cache, or make it and keep it there."""
    made = False

    def make_now() -> bytes:
        nonlocal made
        made = True
        return make()

    page = cache.remember(owner_id, name, make_now)
    if not made:
        metrics.PAGES.labels("cache").inc()
    return page


def _read_conversation(owner: User, username: str, timeline: Timeline, place: Place, limit: int) -> Page:
    page = read_timeline(timeline, place, limit)
    if page.messages:
        return page
    # Nothing here, or nothing at all; or what there is is with somebody who had the name before.
    conversation = get_conversation(owner=owner, username=username)
    return page if conversation.timeline == timeline else read_timeline(conversation.timeline, place, limit)


def read_timeline(timeline: Timeline, place: Place, limit: int) -> Page:
    """Return a page of messages that are somebody's, at a place and of a size that were checked."""
    if place.around:
        page = store.read_around(timeline, place=place.around, limit=limit)
    elif after := place.after or (place.date and place.date.begins):
        page = store.read_newer(timeline, after=after, limit=limit)
    else:
        page = store.read_older(timeline, before=place.before, limit=limit)
    metrics.PAGES.labels("cassandra").inc()
    return page


def _read_numbered(timeline: Timeline, number: int, size: int) -> NumberedPage:
    if number == 1:
        page = store.read_older(timeline, limit=size)
        # All of a short history is in hand, so there is nothing to count.
        total = len(page.messages) if page.found_oldest else totals.read_total(timeline).messages
        return NumberedPage(page.messages, number, size, total)
    total = totals.read_total(timeline).messages
    skipped = (number - 1) * size
    if skipped >= total:
        return NumberedPage([], number, size, total)
    before = store.skip(timeline, skipped)
    if skipped and before is None:  # messages were removed since they were counted
        return NumberedPage([], number, size, total)
    messages = store.read_older(timeline, before=before, limit=size).messages
    return NumberedPage(messages, number, size, total)
