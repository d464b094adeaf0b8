"""What is known of the request that is being answered, wherever it's needed: its id, where it came from, its log."""

import logging
import re
import traceback
import uuid
from collections.abc import Callable
from contextvars import ContextVar

log = logging.getLogger("chatsystem.requests")
request_id: ContextVar[str] = ContextVar("request_id", default="")
# A promise: few requests want to know, and a proxy's header takes some reading.
request_address: ContextVar[Callable[[], object]] = ContextVar("request_address", default=lambda: None)

# A caller's own id is taken over where it can't do harm in a log or a header.
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def choose_request_id(offered: str | None) -> str:
    """Return the id that a caller or proxy offered, or a new one."""
    if offered and ACCEPTABLE_ID.fullmatch(offered):
        return offered
    return uuid.uuid4().hex


def known_address() -> str:
    """Return the client's address; empty outside of requests, and where it has none, as over a unix socket."""
    return str(request_address.get()() or "")


def log_unexpected(exception: BaseException) -> None:
    """Log a bug: what kind and where. Not the exception's text, which may quote what somebody wrote."""
    log.error("unexpected error %s", describe(exception))


def describe(exception: BaseException) -> str:
    """Return an exception's kind and places, the innermost first, in one line without its text."""
    frames = traceback.extract_tb(exception.__traceback__)
    where = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(exception).__qualname__} at {where}"
