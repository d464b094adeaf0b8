"""What a page costs: bytes, requests, time to paint."""

import base64
import gzip
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

from playwright.sync_api import CDPSession, Error, Page

SLOWDOWN = 4  # of the CPU: a telephone of the middle class
QUIET = 200  # milliseconds
LONGEST = 5  # seconds until all that a page asks for is there; a body that a script doesn't read never is
ICON = "document.querySelector('link[rel~=icon]:not([href^=\"data:\"])')?.href"
PAINTS = """() => new Promise(resolve => {
    const options = {type: 'largest-contentful-paint', buffered: true}
    new PerformanceObserver(list => resolve(list.getEntries().at(-1).startTime)).observe(options)
})"""
SHIFTS = """() => new Promise(resolve => {
    let sum = 0
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value
    }).observe({type: 'layout-shift', buffered: true})
    // Entries of the past are handed out in a task of their own, before this one.
    setTimeout(() => resolve(sum), 100)
})"""


@dataclass(frozen=True)
class Weight:
    """What came over the wire for one page."""

    sizes: dict[str, int]  # bytes after gzip, by kind: document, stylesheet, script, image, font, fetch, other (icon)
    cold: tuple[str, ...]  # requests of somebody who comes for the first time
    warm: tuple[str, ...]  # and of somebody who comes again


@dataclass(frozen=True)
class Paint:
    """How a page came up."""

    largest: float  # milliseconds from asking for the page to the largest paint
    shift: float  # how far things jumped, as Chromium's Cumulative Layout Shift; 0 is not at all


def weigh(page: Page) -> Weight:
    """Weigh the page that `page` shows, as the same person in a browser that has nothing of it, and then again.

    Bytes are those of gzip's level 6 over each body, whatever this server does: in front of it stands one that packs.
    """
    with stranger(page) as (other, session):
        url = urldefrag(page.url).url  # going from one place of a page to another asks nobody
        cold = load(other, session, url, first=True)
        sizes: Counter[str] = Counter()
        for kind, body in cold.values():
            sizes[kind] += len(gzip.compress(body, 6))
        return Weight(dict(sizes), tuple(cold), tuple(load(other, session, url, first=False)))


def paint(page: Page, *, slowdown: float = SLOWDOWN) -> Paint:
    """Let the page that `page` shows come up in a browser that has nothing of it, on a CPU that is slowed down."""
    with stranger(page) as (other, session):
        session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        other.goto(page.url)
        return Paint(other.evaluate(PAINTS), other.evaluate(SHIFTS))


@contextmanager
def stranger(page: Page) -> Iterator[tuple[Page, CDPSession]]:
    """A page with the cookies of `page` and an empty cache, and its debugger."""
    browser = page.context.browser
    assert browser
    context = browser.new_context(storage_state=page.context.storage_state(), viewport=page.viewport_size)
    other = context.new_page()
    yield other, context.new_cdp_session(other)
    context.close()


def load(page: Page, session: CDPSession, url: str, *, first: bool) -> dict[str, tuple[str, bytes]]:
    """Go to `url`, for the first time or not, and return kind and body of all that the server was asked, by address."""
    asked: dict[str, tuple[str, str]] = {}
    cached: set[str] = set()
    ended: set[str] = set()

    def sent(event: dict[str, Any]) -> None:
        if not event["request"]["url"].startswith("data:"):
            asked[event["requestId"]] = event["request"]["url"], event.get("type", "Other").lower()

    def received(event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            cached.add(event["requestId"])

    listeners = {
        "Network.requestWillBeSent": sent,
        "Network.requestServedFromCache": lambda event: cached.add(event["requestId"]),
        "Network.responseReceived": received,
        "Network.loadingFinished": lambda event: ended.add(event["requestId"]),
        "Network.loadingFailed": lambda event: ended.add(event["requestId"]),
    }
    for event, listener in listeners.items():
        session.on(event, listener)
    session.send("Network.enable")
    page.goto(url)
    deadline = time.monotonic() + LONGEST
    while True:
        page.wait_for_timeout(QUIET)  # in which scripts may ask for more
        under_way = asked.keys() - cached - ended
        # The icon is asked for last, by the browser itself, and only once.
        icon = page.evaluate(ICON) if first else None
        is_there = not icon or icon in {where for where, _ in asked.values()}
        if (is_there and not under_way) or time.monotonic() > deadline:
            break
    for event, listener in listeners.items():
        session.remove_listener(event, listener)
    return {
        where: (kind, body_of(session, request)) for request, (where, kind) in asked.items() if request not in cached
    }


def body_of(session: CDPSession, request: str) -> bytes:
    """Return the body of an answer, unpacked; nothing where it never came."""
    try:
        answer = session.send("Network.getResponseBody", {"requestId": request})
    except Error:
        return b""
    body: str = answer["body"]
    return base64.b64decode(body) if answer["base64Encoded"] else body.encode()
