"""Searching, in a browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.pages import go, go_by_enter
from tests.browser.people import sign_in
from tests.browser.sound import assert_sound


@pytest.mark.promise(1, 2, 3)
@pytest.mark.parametrize("javascript", [True, False])
def test_messages_are_found_marked_and_lead_to_their_places(browser_page, alice, bob, javascript):
    sent = bob.send(alice.username, "word " * 100 + "the blue Dóor <b>" + " more" * 100).json()["id"]
    bob.send(alice.username, "a window " + "x" * 300)
    page = browser_page(javascript=javascript)
    sign_in(page, alice)
    go(page.get_by_role("link", name="Search"))
    expect(page.get_by_label("Words or a “phrase”")).to_be_focused()
    assert_sound(page, widths=[320])
    page.get_by_label("Words or a “phrase”").fill("blue door")
    go_by_enter(page)
    assert page.title() == "blue door · Search · Chat"
    expect(page.locator(".list mark")).to_have_text(["blue", "Dóor"])
    assert_sound(page)
    address = page.url
    go(page.get_by_role("link", name=f"{bob.username} to you"))
    page.wait_for_url(f"**/with/{bob.username}*#m-{sent}")
    expect(page.locator(f"#m-{sent} .text")).to_be_in_viewport()
    page.goto(address)
    expect(page.locator(".list mark")).to_have_text(["blue", "Dóor"])


@pytest.mark.promise(2, 12)
def test_what_is_wrong_with_a_search_stands_beside_its_field(browser_page, alice):
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/search?q=door")
    expect(page.locator(".empty")).to_contain_text("Nothing was found.")
    assert_sound(page, widths=[320])
    page.get_by_text("Only some messages").click()
    name = page.get_by_label("In the conversation with")
    name.fill("nobody-here")
    with page.expect_navigation():
        page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("alert")).to_contain_text("You have no conversation with anybody of this name.")
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Words or a “phrase”")).to_have_value("door")
    assert_sound(page)


def test_a_search_that_has_not_looked_at_everything_goes_on(browser_page, alice, bob):
    for number in range(51):
        bob.send(alice.username, f"door {number}")
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/search?q=door")
    assert page.locator(".list .name").count() == 50
    expect(page.locator("main")).to_contain_text("Searched back to ")
    go(page.get_by_role("link", name="Go on further back"))
    expect(page.locator(".list .preview")).to_have_text("door 0")
    go(page.get_by_role("link", name="Go to the newest"))
    expect(page.locator(".list .name")).to_have_count(50)
