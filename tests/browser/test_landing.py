"""The landing page."""

import pytest

from tests.browser.sound import assert_sound


@pytest.mark.promise(1, 2, 3)
@pytest.mark.parametrize("javascript", [True, False])
def test_the_landing_page_is_sound(browser_page, javascript):
    page = browser_page(javascript=javascript)
    page.goto("/")
    assert page.locator("h1").count() == 1
    assert_sound(page)
