"""axe-core, which finds what a machine can find of WCAG's faults."""

import functools
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

from tests.browser.pages import STILL, evaluate_waiting

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
ALL = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},  # of 2.2, and off unless asked for
    "resultTypes": ["violations"],
}
# All that another scheme can change: it has other colours, and nothing else.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
RUN = """async options => {
    // Where nothing has a background, axe takes it for white; in a dark scheme the canvas is dark.
    const canvas = document.documentElement.style
    const isBare = element => getComputedStyle(element).background.startsWith('rgba(0, 0, 0, 0) none')
    const bare = isBare(document.documentElement) && isBare(document.body)
    if (bare) canvas.backgroundColor = 'Canvas'
    const result = await axe.run(document, options)
    if (bare) canvas.backgroundColor = ''
    return result
}"""


def assert_accessible(page: Page) -> None:
    """Fail where axe finds a violation of WCAG 2.0 to 2.2, A or AA, on `page` as it looks now."""
    fail_for(page, violations(page, ALL))


def assert_readable(page: Page) -> None:
    """Fail where axe finds colours on `page`, as it looks now, that people can't tell apart."""
    fail_for(page, violations(page, COLOURS))


def fail_for(page: Page, found: list[str]) -> None:
    assert not found, f"{page.url} is not accessible:\n" + "\n".join(found)


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    """Return one line for each fault: rule, element, what is wrong.

    axe comes in through the debugger, as a developer's console would bring it, so the page's own policy stays in force
    and still needs to allow nothing.
    """
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(source())
    page.evaluate(STILL)
    result: dict[str, Any] = evaluate_waiting(page, RUN, options)
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


@functools.cache
def source() -> str:
    """Return axe's text."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
