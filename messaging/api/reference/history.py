"""Pages of messages: of all that one sent and got, and of one conversation."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer

from chatsystem import errors
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.errors import InvalidQuery
from chatsystem.limits import DEFAULT_NUMBERED_PAGE_SIZE, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from messaging.api.history import ConversationMessageViewSet, MessageViewSet
from messaging.api.reference.examples import ANSWER, ANSWER_CURSOR, DAY, HELLO, HELLO_CURSOR
from messaging.api.reference.parameters import LIMIT_FAULTS, NUMBER, PEER, PLACES, limit, parameter
from messaging.api.reference.shapes import CursorPageSerializer, NumberedPageSerializer
from messaging.api.reference.tags import CONVERSATIONS, MESSAGES

PLACE_FAULTS = {
    "before": ("invalid_cursor",),
    "after": ("invalid_cursor", "exclusive"),
    "around": ("invalid_cursor", "exclusive"),
    "date": ("invalid_date", "exclusive"),
    "tz": ("invalid_time_zone",),
}


def page(messages: Sequence[Any], *, older: str | None, newer: str | None, found_newest: bool = True) -> dict[str, Any]:
    """Return a page by a place."""
    ends = {"found_oldest": older is None, "found_newest": found_newest}
    return {"messages": messages, **ends, "older": older, "newer": newer}


describe(
    MessageViewSet,
    list=endpoint(
        name="listMessages",
        tag=MESSAGES,
        summary="Read a page of all that one sent and got",
        text="By a place: ask with `limit`, then go on with `before` what `older` says. Walking so shows each message "
        "once, whatever arrives meanwhile; `after` what `newer` says gets what came since. By number, for clients of "
        "the old service: `page` and `pageSize`, with totals; far pages cost more. The two ways can't be mixed; where "
        "nothing is asked for, it's the first page by number.",
        parameters=[
            *PLACES,
            limit(DEFAULT_PAGE_SIZE, "messages"),
            parameter("page", {**NUMBER, "default": 1}, "Which page, from 1. What is no such number counts as 1."),
            parameter(
                "pageSize",
                {**NUMBER, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_NUMBERED_PAGE_SIZE},
                f"How many messages a page has. What is no such number counts as {DEFAULT_NUMBERED_PAGE_SIZE}; more "
                f"than {MAX_PAGE_SIZE} are refused.",
            ),
        ],
        answer=PolymorphicProxySerializer(
            "Page", [NumberedPageSerializer, CursorPageSerializer], resource_type_field_name=None, many=False
        ),
        headers=["Link"],
        refusals=[errors.StorageUnavailable],
        faults={
            **PLACE_FAULTS,
            "before": (*PLACE_FAULTS["before"], "exclusive"),
            "limit": (*LIMIT_FAULTS, "exclusive"),
            "pageSize": ("out_of_range",),
        },
        examples=[
            Example(
                "numbered",
                "The first page by number",
                query={"page": 1, "pageSize": 10},
                answer={
                    "messages": [HELLO],
                    "pagination": {"currentPage": 1, "pageSize": 10, "totalMessages": 1, "totalPages": 1},
                },
            ),
            Example("newest", "The newest", query={"limit": 50}, answer=page([HELLO], older=None, newer=HELLO_CURSOR)),
            Example(
                "later",
                "What came since",
                query={"after": HELLO_CURSOR, "limit": 50},
                answer=page([], older=HELLO_CURSOR, newer=HELLO_CURSOR),
            ),
            Example(
                "two_places",
                "From two places",
                query={"before": HELLO_CURSOR, "after": HELLO_CURSOR},
                answer=InvalidQuery.of(
                    "after", "exclusive", "Only one of before, after, around and date can be asked for."
                ),
            ),
            Example(
                "too_large",
                "A page that is too large",
                query={"limit": MAX_PAGE_SIZE + 1},
                answer=InvalidQuery.of(
                    "limit", "out_of_range", f"A page has 1 to {MAX_PAGE_SIZE} messages.", MAX_PAGE_SIZE
                ),
            ),
        ],
    ),
)

describe(
    ConversationMessageViewSet,
    list=endpoint(
        name="listConversationMessages",
        tag=CONVERSATIONS,
        summary="Read a page of a conversation",
        text="Of a hidden one too, and of one with somebody whose account is closed.",
        parameters=[PEER, *PLACES, limit(DEFAULT_PAGE_SIZE, "messages")],
        answer=CursorPageSerializer,
        headers=["Link"],
        refusals=[errors.ConversationNotFound, errors.StorageUnavailable],
        faults={**PLACE_FAULTS, "limit": LIMIT_FAULTS},
        examples=[
            Example(
                "newest",
                "The newest",
                path={"username": "bob"},
                query={"limit": 1},
                answer=page([ANSWER], older=ANSWER_CURSOR, newer=ANSWER_CURSOR),
            ),
            Example(
                "older",
                "Those before them",
                path={"username": "bob"},
                query={"before": ANSWER_CURSOR, "limit": 50},
                answer=page([HELLO], older=None, newer=HELLO_CURSOR, found_newest=False),
            ),
            Example(
                "around",
                "What stands around a message",
                path={"username": "bob"},
                query={"around": HELLO["id"], "limit": 50},
                answer=page([ANSWER, HELLO], older=None, newer=ANSWER_CURSOR),
            ),
            Example(
                "day",
                "A day in Zurich and what came after it",
                path={"username": "bob"},
                query={"date": DAY, "tz": "Europe/Zurich"},
                answer=page([ANSWER, HELLO], older=HELLO_CURSOR, newer=ANSWER_CURSOR),
            ),
            Example(
                "nowhere",
                "A day nowhere",
                path={"username": "bob"},
                query={"date": DAY, "tz": "Europe/Atlantis"},
                answer=InvalidQuery.of("tz", "invalid_time_zone", "A time zone has a name as Europe/Berlin."),
            ),
            Example(
                "stranger",
                "Of a conversation that there isn't",
                path={"username": "nobody"},
                answer=errors.ConversationNotFound(),
            ),
        ],
    ),
)
