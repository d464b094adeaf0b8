"""The page of how pages look and behave in one browser."""

import pytest

from tests.accounts.pages.settings.looking import saved
from tests.chatsystem.test_pages import shown
from tests.forms import text_of

PATH = "/settings/appearance"
YEAR = 365 * 24 * 60 * 60  # seconds


def test_by_default_the_system_decides_and_shortcuts_are_on(browser):
    response = browser.get(PATH)
    assert shown(response) == (200, "Appearance")
    assert response.context["form"].initial == {"theme": "system", "shortcuts": True}
    assert "data-theme" not in text_of(response)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_kept_by_the_browser_for_a_year_and_written_into_every_page(browser, theme):
    answered = browser.post(PATH, {"theme": theme, "shortcuts": "on"})
    cookie = answered.cookies["theme"]
    assert (cookie.value, cookie["max-age"], cookie["samesite"], cookie["path"]) == (theme, YEAR, "Lax", "/")
    assert cookie["httponly"]
    assert not cookie["secure"]
    for path in (PATH, "/nothing", "/"):
        page = text_of(browser.get(path))
        assert f'<html lang="en" data-theme="{theme}">' in page
        assert f'<meta name="color-scheme" content="{theme}">' in page
    assert browser.get(PATH).context["form"].initial["theme"] == theme


def test_where_cookies_are_secure_these_are_too(browser, settings):
    settings.SESSION_COOKIE_SECURE = True
    answered = browser.post(PATH, {"theme": "dark"})
    assert answered.cookies["theme"]["secure"]
    assert answered.cookies["shortcuts"]["secure"]


def test_back_to_the_system_nothing_is_kept(browser):
    saved(browser, PATH, {"theme": "dark"})
    page = saved(browser, PATH, {"theme": "system", "shortcuts": "on"})
    assert "Saved for this browser." in page
    assert "data-theme" not in page
    assert not {name for name in ("theme", "shortcuts") if browser.cookies[name].value}


def test_shortcuts_are_switched_off(browser):
    answered = browser.post(PATH, {"theme": "system"})
    assert (answered.cookies["shortcuts"].value, answered.cookies["shortcuts"]["max-age"]) == ("off", YEAR)
    assert browser.get(PATH).context["form"].initial == {"theme": "system", "shortcuts": False}
    assert browser.get(PATH).context["shortcuts"] is False


def test_a_theme_that_there_is_none_of_is_refused_and_not_kept(browser):
    response = browser.post(PATH, {"theme": "blue"})
    assert list(response.context["form"].errors) == ["theme"]
    assert "theme" not in response.cookies
    browser.cookies["theme"] = "blue"
    assert "data-theme" not in text_of(browser.get(PATH))
