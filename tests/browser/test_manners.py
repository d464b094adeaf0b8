"""What every page has for whoever reads it otherwise: by ear, by keyboard, in colours of their own, on paper."""

import pytest

from tests.browser.people import sign_in

OUTSIDE = ("/", "/login", "/register", "/password/forgot", "/nothing-here")
INSIDE = ("/inbox", "/inbox/all", "/new", "/search", "/keyboard", "/settings", "/settings/sessions", "/message/0")


@pytest.fixture
def reader(alice, bob):
    """Somebody with a message that they haven't read."""
    assert bob.send(alice.username, "سلام, and hello").status_code == 201
    return alice


def look_for_landmarks(page, path):
    """Fail where the page lacks a part by which people find their way in it."""
    page.goto(path)
    assert page.locator("h1").count() == 1, path
    for landmark in ("banner", "main", "contentinfo"):
        assert page.get_by_role(landmark).count() == 1, (path, landmark)
    names = [nav.get_attribute("aria-label") for nav in page.get_by_role("navigation").all()]
    assert names, path
    assert all(names), path
    assert len(set(names)) == len(names), path
    assert page.get_attribute("html", "lang") == "en", path
    assert page.title().endswith(" · Chat") or page.title() == "Chat", path


@pytest.mark.promise(7)
def test_every_page_has_one_heading_landmarks_a_language_and_a_title(page, reader, bob):
    for path in OUTSIDE:
        look_for_landmarks(page, path)
    sign_in(page, reader)
    for path in (*INSIDE, f"/with/{bob.username}"):
        look_for_landmarks(page, path)


@pytest.mark.promise(7)
def test_the_first_stop_of_the_keyboard_leads_to_the_content(page, reader):
    sign_in(page, reader)
    page.goto("/inbox")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.promise(7)
def test_titles_say_who_it_is_with_and_how_much_is_unread(page, reader, bob):
    sign_in(page, reader)
    page.goto("/inbox")
    assert page.title() == "(1) Inbox · Chat"
    page.goto(f"/with/{bob.username}")
    assert page.title() == f"{bob.username} · Chat"
    page.goto("/inbox")
    assert page.title() == "Inbox · Chat"


@pytest.mark.promise(7)
def test_contents_and_names_have_a_direction_of_their_own(page, reader, bob):
    sign_in(page, reader)
    page.goto("/inbox")
    assert page.locator(".list .preview bdi").evaluate("line => getComputedStyle(line).direction") == "rtl"
    page.goto(f"/with/{bob.username}")
    assert page.locator(".message .text").first.evaluate("text => getComputedStyle(text).direction") == "rtl"
    assert page.locator("h1").get_attribute("dir") == "auto"


@pytest.mark.promise(7)
def test_colours_of_ones_own_leave_nothing_to_guess(browser_page, reader, bob):
    page = browser_page(forced_colors=True)
    sign_in(page, reader)
    page.goto("/inbox")
    edge = "element => getComputedStyle(element).borderInlineStartStyle"
    assert page.locator(".list .is-new").evaluate(edge) == "solid"
    assert page.locator(".list .count").evaluate(edge) == "solid"
    assert reader.send(bob.username, "mine").status_code == 201
    page.goto(f"/with/{bob.username}")
    assert page.locator(".message.is-mine").evaluate(edge) == "solid"


@pytest.mark.promise(7)
def test_nothing_moves_by_itself(page, reader, bob):
    """Neither for whoever asks for that, nor for others."""
    moving = """[...document.querySelectorAll('*')].filter(element => {
        const style = getComputedStyle(element)
        return style.animationName !== 'none' || style.transitionDuration !== '0s' || style.scrollBehavior !== 'auto'
    }).length"""
    sign_in(page, reader)
    for path in ("/inbox", f"/with/{bob.username}", "/settings"):
        page.goto(path)
        assert page.evaluate(moving) == 0, path


@pytest.mark.promise(7)
def test_paper_has_the_messages_and_nothing_to_press(browser_page, reader, bob):
    page = browser_page(scheme="dark")
    sign_in(page, reader)
    page.goto(f"/with/{bob.username}")
    page.emulate_media(media="print")
    for selector in (".bar", ".foot", ".composer", ".skip"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.get_by_text("سلام, and hello").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    ink = page.locator(".message .text").evaluate("text => getComputedStyle(text).color")
    assert ink == "rgb(34, 37, 42)"
