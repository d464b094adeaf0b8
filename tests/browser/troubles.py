"""What goes wrong on a page while a test looks at something else, and fails that test at its end."""

import re
from contextlib import suppress
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, Response, WebError

REMOTE = ("http", "https", "ws", "wss")


class Trouble(AssertionError):
    """Lists what went wrong behind the test's back."""


class Troubles:
    """Collects from all contexts of a test.

    These are troubles: a violation of the Content-Security-Policy, an error that no script caught or that one printed,
    a request that failed, something loaded that answered 400 or above, and a request to another origin. That a page
    itself answers 404 is for the test to say.
    """

    def __init__(self) -> None:
        self.so_far: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self._contexts: list[BrowserContext] = []

    def watch(self, context: BrowserContext, *, origin: str) -> None:
        """Collect what happens on pages of `context`, which belong to `origin`."""

        def request(request: Request) -> None:
            url = urlsplit(request.url)
            if url.scheme in REMOTE and f"{url.scheme}://{url.netloc}" != origin:
                self.so_far.append(f"request to another origin: {request.url}")

        context.on("request", request)
        context.on("requestfailed", self._request_failed)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", self._web_error)
        self._contexts.append(context)

    def expect(self, pattern: str) -> None:
        """Say that troubles come in which `pattern` is found; that none comes is one, too."""
        self._expected.append(re.compile(pattern))

    def take(self) -> list[str]:
        """Return what was found up to now, apart from what was expected, and forget all of it."""
        for page in [page for context in self._contexts for page in context.pages]:
            # The answer comes after all that the page has said before; a page that is going has nobody to answer.
            with suppress(Error):
                page.title()
        unexpected = [each for each in self.so_far if not any(pattern.search(each) for pattern in self._expected)]
        for pattern in self._expected:
            if not any(pattern.search(each) for each in self.so_far):
                unexpected.append(f"expected, but didn't come: {pattern.pattern}")
        self.so_far.clear()
        self._expected.clear()
        return unexpected

    def check(self) -> None:
        """Fail where anything is left that nobody expected."""
        found = self.take()
        if found:
            raise Trouble("behind the test's back:\n" + "\n".join(found))

    def _request_failed(self, request: Request) -> None:
        # Leaving a page ends what it was still loading; a polling script is always loading.
        if request.failure != "net::ERR_ABORTED":
            self.so_far.append(f"request failed: {request.url} ({request.failure})")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.so_far.append(f"request failed: {response.url} ({response.status})")

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.so_far.append(f"CSP violation on {where(message.page)}: {message.text}")
        # What could not be loaded is told by the request itself.
        elif message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.so_far.append(f"error in the console of {where(message.page)}: {message.text}")

    def _web_error(self, error: WebError) -> None:
        self.so_far.append(f"uncaught error on {where(error.page)}: {error.error}")


def where(page: Page | None) -> str:
    """Return a page's address."""
    return page.url if page else "a page that is gone"
