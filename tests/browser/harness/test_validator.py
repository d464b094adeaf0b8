"""The validator sees what the server sent."""

import pytest

from tests.browser.site import GOOD
from tests.browser.validator import assert_valid_html


def test_a_good_page_is_valid(site_page, site):
    site.page()
    page = site_page()
    page.goto("/")
    assert_valid_html(page)


def test_errors_are_named_by_line(site_page, site):
    site.page("<p>a<div>b</div></p>")
    page = site_page()
    page.goto("/")
    with pytest.raises(AssertionError, match=r"/ is not valid HTML:\n5:\d+ No “p” element in scope"):
        assert_valid_html(page)


def test_text_can_be_validated_without_a_page():
    assert_valid_html(GOOD.format(head="", main=""))
    with pytest.raises(AssertionError, match=r"the text is not valid HTML:\n.*Duplicate ID “a”"):
        assert_valid_html(GOOD.format(head="", main='<p id="a"></p><p id="a"></p>'))


def test_it_is_what_was_sent_that_is_validated_not_what_a_script_made_of_it(site_page, site):
    site.add("/script.js", "document.querySelector('[id] + [id]').remove()", kind="text/javascript")
    site.page('<p id="a"></p><p id="a"></p>', head='<script type="module" src="/script.js"></script>', path="/bad")
    site.page('<a href="/bad">bad</a>')
    page = site_page()
    page.goto("/")
    page.get_by_role("link").click()
    with pytest.raises(AssertionError, match=r"/bad is not valid HTML:\n.*Duplicate ID"):
        assert_valid_html(page)
    page.go_back()
    assert_valid_html(page)
