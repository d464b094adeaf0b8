"""Reading a history: by numbered pages, as the old service did, and by cursors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accounts.models import User
from chatsystem.errors import InvalidQuery
from chatsystem.limits import MAX_PAGE_SIZE
from chatsystem.metrics import counted
from messaging import cache, metrics
from messaging.store import timeline as store
from messaging.store import totals
from messaging.types import Cursor, Message, Page, Timeline


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
    known = cache.look_up(owner.pk, name)
    if known.value is not None:
        metrics.PAGES.labels("cache").inc()
        return known.value
    shown = show(read_inbox_page(owner=owner, number=number, size=size))
    cache.fill(owner.pk, name, shown, generation=known.generation)
    return shown


@counted(metrics.PAGE_READS)
def read_inbox(*, owner: User, limit: int, before: Cursor | None = None, after: Cursor | None = None) -> Page:
    """Return up to `limit` messages of all that `owner` sent and got, newest first.

    The newest ones; or those next older than `before`; or those next newer than `after`. Walking either way
    from page to page shows each message exactly once, whatever arrives meanwhile.
    Raises `InvalidQuery` for a limit over the limit or both ends named, and `StorageUnavailable`.
    """
    check_limit(limit, field="limit")
    if before and after:
        raise InvalidQuery.of("after", "exclusive", "Only one of before and after can be asked for.")
    inbox = Timeline(owner.pk)
    if after:
        page = store.read_newer(inbox, after=after, limit=limit)
    else:
        page = store.read_older(inbox, before=before, limit=limit)
    metrics.PAGES.labels("cassandra").inc()
    return page


def check_limit(limit: int, *, field: str) -> None:
    """Raise `InvalidQuery` for a page that is too small or too large: it is refused, never cut."""
    if not 1 <= limit <= MAX_PAGE_SIZE:
        message = f"A page has 1 to {MAX_PAGE_SIZE} messages."
        raise InvalidQuery.of(field, "out_of_range", message, MAX_PAGE_SIZE)


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
