"""What is known of pages beside what Playwright tells."""

from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import BrowserContext, CDPSession, Error, Locator, Page, Response

# A style half-way through its transition would be measured as it is.
STILL = """() => {
    for (const animation of document.getAnimations()) {
        try { animation.finish() } catch { animation.cancel() }  // one without an end can't be finished
    }
}"""

_documents: WeakKeyDictionary[Page, Response] = WeakKeyDictionary()
_without_scripts: WeakKeyDictionary[Page, CDPSession] = WeakKeyDictionary()


def remember_documents(context: BrowserContext) -> None:
    """Note for each page of `context` which answer it shows."""

    def note(response: Response) -> None:
        request = response.request
        # Going back can be answered before the page that it is for has its frame again.
        with suppress(Error):
            if request.is_navigation_request() and request.frame.parent_frame is None:
                _documents[request.frame.page] = response

    context.on("response", note)


def go(to: Locator) -> None:
    """Click what leads to another page, and return when that has come up: whatever is asked then is asked of it.

    A click alone returns before that where the browser is slow to begin with it.
    """
    with to.page.expect_navigation():
        to.click()


def go_by_enter(page: Page) -> None:
    """The same by the Enter key, wherever the focus is."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def document_of(page: Page) -> Response:
    """Return the answer that `page` shows: status, headers and the text as the server sent it."""
    return _documents[page]


def without_scripts(page: Page) -> None:
    """Say that `page` runs no scripts: `evaluate_waiting` needs to know."""
    _without_scripts[page] = page.context.new_cdp_session(page)


def evaluate_waiting(page: Page, script: str, argument: Any = None) -> Any:
    """Evaluate a script that waits for something, also on a page without scripts, where it would wait for ever.

    Scripts are allowed for that moment; those of the page were passed over when it was read, and stay so.
    """
    session = _without_scripts.get(page)
    if session:
        # A debugger's session believes at first that they are allowed, and would pass that word over.
        for disabled in (True, False):
            session.send("Emulation.setScriptExecutionDisabled", {"value": disabled})
    result = page.evaluate(script, argument)
    if session:
        session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    return result
