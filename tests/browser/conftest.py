"""What tests of pages share: one Chromium a run, pages in a fresh profile each, people, and a watch on it all.

The pages are the real server's, which has a database of its own: people come by its API (`alice`, `bob`, `enter`).
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from embedded.errors import EmbeddedError
from tests.browser import validator
from tests.browser.chromium import Chromium, NoChromium, find_chromium
from tests.browser.pages import remember_documents, without_scripts
from tests.browser.site import Site, made_up_site
from tests.browser.sound import HEIGHTS, Scheme
from tests.browser.troubles import Troubles
from tests.contract.conftest import alice, anybody, api, bob, enter  # noqa: F401  (fixtures)
from tests.server import Server

HERE = Path(__file__).parent
PATIENCE = 15_000  # milliseconds for anything to appear on a page; well below pytest's own time-out, which is harder

expect.set_options(timeout=PATIENCE)

program = pytest.StashKey[Path | NoChromium]()
watch = pytest.StashKey[Troubles]()
BrowserPage = Callable[..., Page]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch what the tests here need, before the first test's time begins to run."""
    if session.config.option.collectonly or not any(HERE in item.path.parents for item in session.items):
        return
    try:
        session.config.stash[program] = find_chromium()
    except NoChromium as error:
        session.config.stash[program] = error
    # A failure tells itself once more in the first test that validates.
    with suppress(EmbeddedError):
        validator.fetch()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[Any]:
    """Fail a test that has passed where its pages had troubles it doesn't know of; they may also be why it failed."""
    try:
        result = yield
    except BaseException as error:
        for trouble in item.stash[watch].so_far if watch in item.stash else ():
            error.add_note(trouble)
        raise
    if watch in item.stash:
        item.stash[watch].check()
    return result


@pytest.fixture(scope="session")
def _validator() -> None:
    """Start the validator, which reads for some seconds before it answers, beside everything else."""
    validator.validator()


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Chromium]:
    """The run's Chromium, which `browser` lends; a failure of each test where there is none."""
    found = request.config.stash[program]
    try:
        if isinstance(found, NoChromium):
            raise found
        running = Chromium(found)
    except NoChromium as error:
        pytest.fail(str(error), pytrace=False)
    yield running
    running.close()


@pytest.fixture
def browser(chromium: Chromium) -> Iterator[Browser]:
    """The run's browser. While a test has it, Django refuses the ORM in the same thread: ask the server instead."""
    with chromium.at_work() as browser:
        yield browser


@pytest.fixture
def troubles(request: pytest.FixtureRequest) -> Troubles:
    """What goes wrong on the test's pages; the test fails at its end unless it has said so by `troubles.expect`."""
    found = request.node.stash[watch] = Troubles()
    return found


@pytest.fixture
def browser_page(_validator: None, browser: Browser, server: Server, troubles: Troubles) -> BrowserPage:
    """A maker of pages, each in a profile of its own; watched by `troubles`.

    `javascript`, `width` (320, 768 or 1280), `scheme` ("light" or "dark"), `forced_colors`, `reduced_motion`,
    `timezone_id`, `locale`; `origin` where it isn't the server's; more goes to Playwright's `new_context`.
    """

    def make(
        *,
        javascript: bool = True,
        width: int = 1280,
        scheme: Scheme = "light",
        forced_colors: bool = False,
        reduced_motion: bool = False,
        timezone_id: str = "UTC",
        locale: str = "en-GB",
        origin: str = server.url,
        **more: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=origin,
            java_script_enabled=javascript,
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme=scheme,
            forced_colors="active" if forced_colors else "none",
            reduced_motion="reduce" if reduced_motion else "no-preference",
            timezone_id=timezone_id,
            locale=locale,
            **more,
        )
        context.set_default_timeout(PATIENCE)
        troubles.watch(context, origin=origin)
        remember_documents(context)
        page = context.new_page()
        if not javascript:
            without_scripts(page)
        return page

    return make


@pytest.fixture
def page(browser_page: BrowserPage) -> Page:
    """A page with all that is usual."""
    return browser_page()


@pytest.fixture
def site() -> Iterator[Site]:
    """A web site that the test makes up."""
    with made_up_site() as site:
        yield site


@pytest.fixture
def site_page(browser_page: BrowserPage, site: Site) -> BrowserPage:
    """`browser_page` for pages of the made-up site."""
    return partial(browser_page, origin=site.url)
