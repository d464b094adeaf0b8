"""People in front of a browser."""

from django.conf import settings
from django.shortcuts import resolve_url
from playwright.sync_api import Page

from tests.browser.pages import go_by_enter
from tests.contract.talking import Person
from tests.factories import PASSWORD


def sign_in(page: Page, person: Person, *, password: str = PASSWORD, path: str | None = None) -> None:
    """Fill in the log-in form at `path` (the project's LOGIN_URL) as a browser's password store would, and send it."""
    path = path or resolve_url(settings.LOGIN_URL)
    page.goto(path)
    page.locator("[autocomplete=username]").fill(person.username)
    page.locator("[autocomplete=current-password]").fill(password)
    go_by_enter(page)
    assert page.locator("[autocomplete=current-password]").count() == 0, f"{person.username} was not let in"
