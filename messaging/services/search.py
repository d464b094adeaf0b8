"""Searching what one sent and got."""

from dataclasses import dataclass, replace

from accounts.models import User
from accounts.usernames import username_key
from chatsystem.errors import InvalidQuery
from chatsystem.limits import DEFAULT_PAGE_SIZE, MAX_QUERY_LENGTH
from chatsystem.translatable import Translatable
from messaging import search
from messaging.search import Found, Query
from messaging.services.finding import get_conversation
from messaging.services.history import check_limit
from messaging.types import Cursor, Timeline


@dataclass(frozen=True, slots=True)
class Filters:
    """Which messages to look at."""

    peer: str | None = None  # username: only the conversation with them
    sender: str | None = None  # username, maybe one's own
    since: Cursor | None = None  # only messages behind this place
    until: Cursor | None = None  # only messages up to this place


EVERYTHING = Filters()


def search_messages(
    *,
    owner: User,
    text: str,
    filters: Filters = EVERYTHING,
    before: Cursor | None = None,
    limit: int = DEFAULT_PAGE_SIZE,
) -> Found:
    """Return up to `limit` of `owner`'s messages that have all words and "quoted phrases" of `text`, newest first.

    Words are found in words, whatever their case and accents. One request looks at a bounded number of messages and
    says how far back it came; `older` goes on there.
    Raises `InvalidQuery`, `ConversationNotFound` for somebody whom `owner` has no message of, and `StorageUnavailable`.
    """
    check_limit(limit, field="limit")
    if len(text) > MAX_QUERY_LENGTH:
        message = Translatable("A search can have {limit} characters at most.", limit=MAX_QUERY_LENGTH)
        raise InvalidQuery.of("q", "too_long", message, MAX_QUERY_LENGTH)
    terms = search.parse(text)
    if not terms:
        raise InvalidQuery.of("q", "blank", "There must be something to look for.")
    query = _narrow(Query(Timeline(owner.pk), terms), owner, filters)
    if query is None:
        return Found([], older=None, reached=None)
    return search.find(query, before=before, limit=limit)


def _narrow(query: Query, owner: User, filters: Filters) -> Query | None:
    """Return what to look for in which of the owner's timelines; None where nothing can be there."""
    timelines = {query.timeline}
    if filters.peer is not None:
        timelines = {get_conversation(owner=owner, username=filters.peer).timeline}
    is_own = None
    if filters.sender is not None:
        is_own = username_key(filters.sender) == owner.username_key
        if not is_own:
            # All that somebody sent me stands in the conversation with them.
            theirs = get_conversation(owner=owner, username=filters.sender).timeline
            timelines = {theirs} if filters.peer is None else timelines & {theirs}
    if not timelines:
        return None
    return replace(
        query,
        timeline=timelines.pop(),
        is_own=is_own,
        since=filters.since.message_id if filters.since else None,
        until=filters.until.message_id if filters.until else None,
    )
