"""How a page lies on the screen: its width, its targets, its focus."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from playwright.sync_api import Page

from tests.browser.pages import STILL, evaluate_waiting

MOST_STOPS = 300  # of the Tab key on one page

# What can be pressed; a field and its labels are one.
TARGETS = """() => {
    const SELECTOR = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=link],'
        + '[role=checkbox], [role=radio], [role=switch], [role=tab], [role=menuitem], [tabindex]:not([tabindex="-1"])'
    const box = element => element.getBoundingClientRect()
    const name = element => element.outerHTML.slice(0, element.outerHTML.indexOf('>') + 1) + element.textContent.trim()
    const isThere = element => {
        const {width, height, right, bottom} = box(element)
        // Text for screen readers alone is one pixel or beside the page.
        return element.checkVisibility({visibilityProperty: true}) && width > 1 && height > 1
            && right + scrollX > 0 && bottom + scrollY > 0
    }
    const isInSentence = element => {
        if (getComputedStyle(element).display !== 'inline') return false
        let block = element.parentElement
        while (getComputedStyle(block).display === 'inline') block = block.parentElement
        const rest = block.cloneNode(true)
        for (const target of rest.querySelectorAll(SELECTOR)) target.remove()
        return /[\\p{L}\\p{N}]/u.test(rest.textContent)
    }
    return [...document.querySelectorAll(SELECTOR)].filter(isThere).map(element => {
        const boxes = [element, ...(element.labels ?? [])].map(box)
        return {
            name: name(element).slice(0, 120),
            left: Math.min(...boxes.map(each => each.left)),
            top: Math.min(...boxes.map(each => each.top)),
            right: Math.max(...boxes.map(each => each.right)),
            bottom: Math.max(...boxes.map(each => each.bottom)),
            inSentence: isInSentence(element),
        }
    })
}"""

# Elements that reach beyond the window's right edge, the innermost ones.
WIDE = """() => {
    const edge = document.documentElement.clientWidth
    const reaches = element => element.getBoundingClientRect().right > edge + 0.5
    return [...document.body.querySelectorAll('*')].filter(
        element => reaches(element) && ![...element.children].some(reaches)
    ).slice(0, 5).map(element => element.outerHTML.slice(0, 120))
}"""

# Tab goes on from where focus was last; a field with `autofocus` gets it when the page has been painted.
TO_THE_TOP = """async () => {
    for (const _ of 'ab') await new Promise(requestAnimationFrame)
    document.body.tabIndex = -1
    document.body.focus()
    document.body.removeAttribute('tabindex')
}"""

# The tab order: each step notes the element that has focus, how it looks and whether anything lies over its corners or
# its middle; what the window can't hold of it doesn't count. A date has parts within. One request a step: a page has
# dozens of them.
STEP = (
    "stops => { ("
    + STILL
    + """)()
    const element = document.activeElement
    if (stops.at(-1)?.element === element) return 'within'
    if (element === document.body || stops.some(stop => stop.element === element)) return 'end'
    const {left, top, right, bottom} = element.getClientRects()[0]
    const points = [
        [left + 1, top + 1], [right - 1, top + 1], [left + 1, bottom - 1], [right - 1, bottom - 1],
        [(left + right) / 2, (top + bottom) / 2],
    ].filter(([x, y]) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight)
    const isUnder = point => {
        const found = document.elementFromPoint(...point)
        if (!found || found.closest('label')?.control === element) return false
        return !element.contains(found) && !found.contains(element)
    }
    // Focus may show itself on the element, on its pseudo-elements, or on a row that holds nothing else to press.
    const PROPERTIES = ['outline', 'boxShadow', 'border', 'backgroundColor', 'color', 'textDecoration']
    const lookOf = (element, pseudo) => {
        const style = getComputedStyle(element, pseudo)
        return PROPERTIES.map(property => style[property]).join()
    }
    const look = () => {
        const looks = [lookOf(element), lookOf(element, '::before'), lookOf(element, '::after')]
        let around = element.parentElement
        while (around && around.querySelectorAll('a[href], button, input, select, textarea').length === 1) {
            looks.push(lookOf(around))
            around = around.parentElement
        }
        return looks.join()
    }
    const covered = !points.length || points.some(isUnder)
    stops.push({element, look, focused: look(), covered, html: element.outerHTML.slice(0, 120)})
    return 'stop'
}"""
)
# Afterwards nothing has focus, and each element looks as it does without.
END = (
    "stops => { document.activeElement.blur(); ("
    + STILL
    + ")(); return stops.map(stop => [stop.html, stop.look() !== stop.focused, stop.covered]) }"
)


@dataclass(frozen=True)
class Stop:
    """Where the Tab key stopped."""

    name: str  # by `tab_through` as a screen reader would say it: link "Inbox"
    shown: bool  # whether it looks different from when it has no focus
    covered: bool  # by something that lies over it, or the edge of the window


def assert_no_horizontal_scroll(page: Page) -> None:
    """Fail where `page` is wider than its window."""
    width, window = page.evaluate("[document.scrollingElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= window, f"{page.url} is {width} px wide in {window}:\n" + "\n".join(page.evaluate(WIDE))


def assert_targets_are_large(page: Page, *, size: float = 24) -> None:
    """Fail where something to press is smaller than `size` CSS pixels in either direction.

    WCAG 2.5.8 excepts links within a sentence, and small targets so far apart that circles of `size` around their
    middles touch neither another target nor another small one's circle.
    """
    targets = page.evaluate(TARGETS)
    small = [target for target in targets if is_small(target, size) and not target["inSentence"]]
    crowded = [target for target in small if any(is_near(target, other, size) for other in targets)]
    assert not crowded, f"{page.url} has targets below {size} px:\n" + "\n".join(map(describe, crowded))


def is_small(target: dict[str, Any], size: float) -> bool:
    # A fraction of a pixel is lost where the page is zoomed.
    return bool(min(target["right"] - target["left"], target["bottom"] - target["top"]) < size - 0.01)


def is_near(target: dict[str, Any], other: dict[str, Any], size: float) -> bool:
    if target is other or other["inSentence"]:
        return False
    x, y = middle(target)
    if is_small(other, size):
        across, down = (ours - theirs for ours, theirs in zip((x, y), middle(other), strict=True))
        reach = size
    else:
        across = max(other["left"] - x, 0, x - other["right"])
        down = max(other["top"] - y, 0, y - other["bottom"])
        reach = size / 2
    return across**2 + down**2 < (reach - 0.01) ** 2


def middle(target: dict[str, Any]) -> tuple[float, float]:
    return (target["left"] + target["right"]) / 2, (target["top"] + target["bottom"]) / 2


def describe(target: dict[str, Any]) -> str:
    width, height = target["right"] - target["left"], target["bottom"] - target["top"]
    return f"{width:.0f} x {height:.0f}: {target['name']}"


def tab_through(page: Page) -> list[Stop]:
    """Return what has focus in turn while Tab is pressed, from the top of `page` to its end; nothing has it then."""
    names: list[str] = []
    stops = walk(page, note=lambda: names.append(name_of_focused(page)))
    return [replace(stop, name=name) for stop, name in zip(stops, names, strict=True)]


def assert_focus_is_visible(page: Page) -> None:
    """Fail where something on `page` has focus and doesn't show it, or lies under something else."""
    hidden = [stop for stop in walk(page) if stop.covered or not stop.shown]
    assert not hidden, f"{page.url} hides focus:\n" + "\n".join(
        f"{stop.name}: {'covered' if stop.covered else 'not shown'}" for stop in hidden
    )


def walk(page: Page, *, note: Callable[[], None] = lambda: None) -> list[Stop]:
    """Press Tab until the page's end, and call `note` at each stop; stops are named by the beginning of their HTML."""
    evaluate_waiting(page, TO_THE_TOP)
    noted = page.evaluate_handle("[]")
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        where = page.evaluate(STEP, noted)
        if where == "end":
            break
        if where == "stop":
            note()
    return [Stop(*stop) for stop in page.evaluate(END, noted)]


def name_of_focused(page: Page) -> str:
    """Return role and name of what has focus: the first line of its part of the accessibility tree."""
    lines = page.locator(":focus").aria_snapshot().splitlines()
    return lines[0].removeprefix("- ").removesuffix(":").strip("'") if lines else "nothing"
