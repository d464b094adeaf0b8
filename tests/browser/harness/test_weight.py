"""Pages are weighed as they go over the wire."""

import gzip

from tests.browser.site import GOOD, ICON
from tests.browser.weight import paint, weigh

HEAD = '<link rel="stylesheet" href="/style.css"><script type="module" src="/script.js"></script>'
MAIN = '<p>text</p><img src="/image.svg" alt="">'
CSS = "p { color: black }" * 100
SCRIPT = "fetch('/news').then(answer => answer.json())"


def test_a_page_is_weighed_by_kind_cold_and_warm(site_page, site):
    site.page(MAIN, head=HEAD)
    site.style(CSS)
    site.add("/script.js", SCRIPT, kind="text/javascript", Cache_Control="no-cache")
    site.add("/image.svg", ICON, kind="image/svg+xml", Cache_Control="max-age=60")
    site.add("/news", "{}", kind="application/json", Cache_Control="no-store")
    page = site_page()
    page.goto("/")
    weight = weigh(page)
    assert weight.sizes == {
        "document": packed(GOOD.format(head=HEAD, main=MAIN)),
        "stylesheet": packed(CSS),
        "script": packed(SCRIPT),
        "image": packed(ICON),
        "fetch": packed("{}"),
        "other": packed(ICON),
    }
    everything = ("", "icon.svg", "image.svg", "news", "script.js", "style.css")
    assert sorted(weight.cold) == [f"{site.url}/{name}" for name in everything]
    assert sorted(weight.warm) == [f"{site.url}/{name}" for name in ("", "news", "script.js")]


def packed(text):
    return len(gzip.compress(text.encode(), 6))


def test_a_page_is_painted_and_holds_still(site_page, site):
    site.page("<p>text</p>")
    page = site_page()
    page.goto("/")
    painted = paint(page)
    assert 0 < painted.largest < 10_000
    assert painted.shift == 0


def test_a_jump_is_measured(site_page, site):
    site.add(
        "/script.js",
        "const push = () => document.querySelector('h1').before(document.createElement('hr'))\n"
        "requestAnimationFrame(() => setTimeout(push, 50))",
        kind="text/javascript",
    )
    site.style("hr { height: 300px } p { height: 200px; background: silver }")
    site.page("<p>text</p>", head=HEAD)
    page = site_page()
    page.goto("/")
    assert paint(page).shift > 0.1
