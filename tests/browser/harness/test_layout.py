"""Widths, targets and focus are measured as people meet them."""

import pytest

from tests.browser.layout import (
    Stop,
    assert_focus_is_visible,
    assert_no_horizontal_scroll,
    assert_targets_are_large,
    tab_through,
)

STYLE = '<link rel="stylesheet" href="/style.css">'
SIZES = """
.small { display: inline-block; width: 10px; height: 10px; padding: 0; border: 0 }
[hidden] { display: none }
.large { display: inline-block; width: 60px; height: 30px }
.away { position: absolute; top: -99px }
"""


@pytest.fixture
def opened(site_page, site):
    def open_page(main, css="", **options):
        site.style(css)
        site.page(main, head=STYLE)
        page = site_page(**options)
        page.goto("/")
        return page

    return open_page


def test_a_wide_element_is_named(opened):
    page = opened('<div><p class="wide">wide</p></div>', ".wide { width: 400px }", width=320)
    with pytest.raises(AssertionError, match=r'is 4\d\d px wide in 320:\n<p class="wide">wide</p>$'):
        assert_no_horizontal_scroll(page)
    page.set_viewport_size({"width": 768, "height": 1024})
    assert_no_horizontal_scroll(page)


def test_a_box_that_scrolls_by_itself_is_no_wide_page(opened):
    page = opened("<pre>" + "wide " * 200 + "</pre>", "pre { overflow-x: auto }", width=320)
    assert_no_horizontal_scroll(page)


CROWDED = {
    # Side by side: neither has room.
    '<button class="small a"></button><button class="small b"></button>': ["small a", "small b"],
    # A large one nearby: the small one has no room.
    '<button class="small a"></button><button class="large b"></button>': ["small a"],
    # Below each other, but no sentence.
    '<p><a href="/a">Newer</a><br><a href="/b">Older</a></p>': ["/a", "/b"],
}
SPARED = (
    # Alone: a finger that misses it hits nothing else.
    '<button class="small"></button>',
    # Within a sentence lines can't be further apart.
    '<p>See <a href="/a">here</a> or<br><a href="/b">there</a>.</p>',
    # A label is part of its field.
    '<label class="large"><input class="small" type="checkbox"> one</label><button class="large"></button>',
    # Not there to be pressed.
    '<button class="small" hidden></button><button class="small"></button>',
    '<a class="away small" href="/">Skip</a><button class="small"></button>',
)


def test_small_targets_without_room_are_named(opened, site):
    page = opened("", SIZES)
    for main, small in CROWDED.items():
        site.page(main, head=STYLE)
        page.goto("/")
        with pytest.raises(AssertionError, match="has targets below 24 px") as raised:
            assert_targets_are_large(page)
        named = str(raised.value).splitlines()[1:]
        assert len(named) == len(small)
        assert all(part in line for part, line in zip(small, named, strict=True))


def test_small_targets_are_spared_where_the_standard_does(opened, site):
    page = opened("", SIZES)
    for main in SPARED:
        site.page(main, head=STYLE)
        page.goto("/")
        assert_targets_are_large(page)


FORM = """<a href="/a">First</a><button type="button">Second</button>
<label>Third <input name="third" {}></label><a href="/d" tabindex="-1">Never</a><button disabled>Nor this</button>"""


@pytest.mark.parametrize("javascript", [True, False])
def test_tab_goes_through_all_from_the_top(opened, javascript):
    page = opened(FORM.format("autofocus"), javascript=javascript)
    names = ['link "First"', 'button "Second"', 'textbox "Third"']
    for _ in range(2):
        assert tab_through(page) == [Stop(name, shown=True, covered=False) for name in names]


def test_a_page_without_anything_to_focus_has_no_stops(opened):
    assert tab_through(opened("<p>nothing</p>")) == []


def test_focus_that_does_not_show_is_named(opened):
    page = opened(FORM.format(""), "button:focus { outline: none }")
    with pytest.raises(AssertionError, match=r'hides focus:\n<button type="button">Second</button>: not shown$'):
        assert_focus_is_visible(page)


def test_focus_that_comes_slowly_is_seen(opened):
    page = opened(FORM.format(""), ":focus { outline: 3px solid black } * { transition: all 5s; outline: 0 solid }")
    assert_focus_is_visible(page)


def test_focus_may_show_on_a_row_of_its_own_but_not_on_the_whole_page(opened):
    page = opened(
        '<ul><li><a href="/a">a</a></li><li><a href="/b">b</a></li></ul>',
        "a:focus { outline: none } li:focus-within { background: yellow }",
    )
    assert_focus_is_visible(page)
    page = opened(
        '<ul><li><a href="/a">a</a></li><li><a href="/b">b</a></li></ul>',
        "a:focus { outline: none } ul:focus-within { background: yellow }",
    )
    with pytest.raises(AssertionError, match=r">a</a>: not shown\n.*>b</a>: not shown$"):
        assert_focus_is_visible(page)


def test_focus_under_something_sticky_is_named(opened):
    links = "".join(f'<p><a href="/{number}">link {number}</a></p>' for number in range(30))
    page = opened(
        links + "<footer>composer</footer>", "footer { position: sticky; bottom: 0; height: 9em; background: white }"
    )
    with pytest.raises(AssertionError, match=r">link \d+</a>: covered"):
        assert_focus_is_visible(page)
    page = opened(
        links + "<footer>composer</footer>",
        "footer { position: sticky; bottom: 0; height: 9em; background: white } html { scroll-padding-bottom: 10em }",
        reduced_motion=True,
    )
    assert_focus_is_visible(page)
