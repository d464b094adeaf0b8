"""Pages that say that something went wrong."""

import pytest

from tests.browser.pages import document_of
from tests.browser.sound import assert_sound


@pytest.mark.parametrize("javascript", [True, False])
def test_an_unknown_address_is_a_sound_404(browser_page, javascript):
    page = browser_page(javascript=javascript)
    page.goto("/nothing-here")
    answer = document_of(page)
    assert answer.status == 404
    assert answer.headers["x-request-id"] in page.inner_text("main")
    assert_sound(page)
    page.get_by_role("link", name="start page").click()
    assert page.url.endswith("/")
