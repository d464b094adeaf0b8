"""First pages as people get them: through the cache."""

import orjson

from messaging.api.serializers import show_numbered_page
from messaging.services.history import show_inbox_page


def first_page(owner, *, size=10):
    """The contents of somebody's first page, newest first."""
    return [sent["content"] for sent in whole_first_page(owner, size=size)["messages"]]


def whole_first_page(owner, *, size=10):
    """Somebody's first page as the API answers with it."""
    return orjson.loads(show_inbox_page(owner=owner, number=1, size=size, show=show_numbered_page))
