"""What must hold for every page, in one line."""

from collections.abc import Iterable
from typing import Any, Literal

from playwright.sync_api import Page, ViewportSize

from tests.browser.accessibility import assert_accessible, assert_readable
from tests.browser.layout import assert_focus_is_visible, assert_no_horizontal_scroll, assert_targets_are_large
from tests.browser.validator import assert_valid_html

Scheme = Literal["light", "dark"]
HEIGHTS = {320: 640, 768: 1024, 1280: 800}  # of a window, by its width, in CSS pixels; 1280 at 400 % zoom is 320
WIDTHS = tuple(HEIGHTS)


def assert_sound(page: Page, *, widths: Iterable[int] = WIDTHS) -> None:
    """Fail where `page`, as it is now, isn't valid HTML or, at any width and in any scheme, not accessible or usable.

    One load serves for all: the window is resized and repainted, and is afterwards as it was.
    """
    assert_valid_html(page)
    before = page.viewport_size, media_of(page)
    # What scrolls smoothly is still on its way when it is looked at.
    page.emulate_media(reduced_motion="reduce")
    try:
        for width in widths:
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            assert_no_horizontal_scroll(page)
            assert_targets_are_large(page)
            assert_focus_is_visible(page)
            page.emulate_media(color_scheme="light")
            assert_accessible(page)
            page.emulate_media(color_scheme="dark")
            assert_readable(page)
    except AssertionError as error:
        error.add_note(f"seen at {width} px in {media_of(page)['color_scheme']}")
        restore(page, *before)
        raise
    restore(page, *before)


def media_of(page: Page) -> Any:
    """Return what `page` is told of its reader's wishes, as `emulate_media` takes it."""
    return page.evaluate("""() => ({
        color_scheme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
        reduced_motion: matchMedia('(prefers-reduced-motion)').matches ? 'reduce' : 'no-preference',
    })""")


def restore(page: Page, window: ViewportSize | None, media: Any) -> None:
    page.emulate_media(**media)
    if window:
        page.set_viewport_size(window)
