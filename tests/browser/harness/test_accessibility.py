"""axe runs where it has to, and finds what it should."""

import pytest

from tests.browser.accessibility import ALL, assert_accessible, violations
from tests.browser.sound import assert_sound

STYLE = '<link rel="stylesheet" href="/style.css">'
PALE = "<p>pale</p>"


@pytest.mark.parametrize("javascript", [True, False])
def test_low_contrast_is_found_under_a_strict_policy_that_stays(site_page, site, troubles, javascript):
    site.style("body { background: white; color: #999 } h1 { color: black }")
    site.page(PALE, head=STYLE)
    page = site_page(javascript=javascript)
    page.goto("/")
    with pytest.raises(AssertionError, match=r"color-contrast: p: .* contrast of 2\.84 "):
        assert_accessible(page)
    assert troubles.take() == []


def test_the_dark_scheme_is_looked_at_too(site_page, site):
    site.style("@media (prefers-color-scheme: dark) { body { background: #222; color: #333 } }")
    site.page(PALE, head=STYLE)
    page = site_page()
    page.goto("/")
    assert_accessible(page)
    with pytest.raises(AssertionError, match="color-contrast") as raised:
        assert_sound(page, widths=[320])
    assert raised.value.__notes__ == ["seen at 320 px in dark"]
    assert page.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]") == [1280, False]


def test_a_page_without_colours_is_as_dark_as_the_browser_makes_it(site_page, site):
    site.page(PALE + '<a href="/">link</a>', head='<meta name="color-scheme" content="light dark">')
    page = site_page(scheme="dark")
    page.goto("/")
    assert_accessible(page)


def test_colours_are_measured_after_their_transition(site_page, site):
    site.style(
        "body { background: white; color: black; transition: color 5s, background 5s }"
        "@media (prefers-color-scheme: dark) { body { background: black; color: white } }"
    )
    site.page(PALE, head=STYLE)
    page = site_page()
    page.goto("/")
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)


FAULTS = {
    "image-alt": '<img src="/icon.svg">',
    "label": '<input type="text">',
    "button-name": '<button type="button"></button>',
    "valid-lang": '<p lang="xx-invalid">a</p>',
    "target-size": '<button class="small">a</button><button class="small">b</button>',
}


def test_faults_are_named_by_rule(site_page, site):
    site.style(".small { width: 10px; height: 10px; padding: 0; border: 0; font-size: 8px }")
    page = site_page()
    for rule, main in FAULTS.items():
        site.page(main, head=STYLE)
        page.goto("/")
        assert {violation.split(":")[0] for violation in violations(page, ALL)} == {rule}


def test_scripts_stay_off_after_axe_ran(site_page, site):
    site.add("/script.js", "document.title = 'Scripts run'", kind="text/javascript")
    site.page(head='<script src="/script.js"></script>')
    page = site_page(javascript=False)
    page.goto("/")
    assert_accessible(page)
    assert page.title() == "Good"
    page.goto("/")
    assert page.title() == "Good"
