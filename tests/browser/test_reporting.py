"""Reporting messages and people, and seeing what became of it, in a browser."""

import json

import pytest

from tests.browser.pages import document_of, go, go_by_enter
from tests.browser.people import sign_in
from tests.browser.sound import assert_sound
from tests.server import manage

WORDS = "Every day the same.\n\nPlease stop it."
THANKS = "Thank you. Moderators will look at what you reported. See what becomes of it"


@pytest.fixture
def page(browser_page, bob):
    """Bob's, without scripts."""
    page = browser_page(javascript=False)
    sign_in(page, bob)
    return page


def send(sender, recipient, content="Buy!"):
    """Send a message; return its id."""
    return sender.send(recipient.username, content).json()["id"]


def fill_in(page, category, words=""):
    page.get_by_label(category).check()
    page.get_by_label("In your own words").fill(words)
    go(page.get_by_role("button", name="Report"))


def outcome(page):
    return page.locator("main dd").last.inner_text()


@pytest.mark.promise(1, 2, 3)
def test_a_message_is_reported_and_its_report_followed(page, alice, bob, server):
    message = send(alice, bob)
    page.goto("/inbox")
    go(page.get_by_role("link", name=alice.username))
    go(page.get_by_role("link", name="Actions for the message"))
    go(page.get_by_role("link", name="Report"))
    assert (page.locator("h1").inner_text(), page.title()) == ("Report a message", "Report a message · Chat")
    assert page.locator(".message .text").inner_text() == "Buy!"
    assert_sound(page)
    fill_in(page, "Advertising", WORDS)
    assert page.url.endswith(f"/message/{message}/actions")
    assert page.get_by_role("status").inner_text() == f"{THANKS} Block {alice.username}, too"
    assert page.get_by_role("status").is_visible()
    assert_sound(page)

    go(page.get_by_role("link", name="See what becomes of it"))
    assert (page.locator("h1").inner_text(), page.title()) == ("Your report", "Your report · Settings · Chat")
    assert outcome(page) == "It waits for a moderator."
    assert_sound(page)
    go(page.get_by_role("link", name="All your reports"))
    assert page.locator("dd", has_text="Every day").inner_text() == WORDS
    assert_sound(page)
    go(page.get_by_role("link", name=f"A message from {alice.username}"))
    assert f"m-{message}" in page.url

    manage(server.environment, "case", "decide", case_about(server, alice), "redact", "--reason", "Advertising.")
    page.goto("/settings/reports")
    assert outcome(page).startswith("The message was deleted for everyone.")
    assert_sound(page)


def case_about(server, person):
    """The number of the one case about somebody."""
    (case,) = json.loads(manage(server.environment, "case", "list", "--about", person.username, "--json"))["cases"]
    return str(case["number"])


@pytest.mark.promise(1, 2, 3)
def test_a_person_is_reported_and_blocked(page, alice, bob):
    for number in range(30):
        send(alice, bob, f"number {number}")
    page.goto(f"/with/{alice.username}")
    go(page.get_by_role("link", name="Report or block"))
    assert page.locator("h1").inner_text() == f"Report {alice.username}"
    assert page.get_by_role("link", name=f"Block {alice.username}").is_visible()
    assert_sound(page)
    fill_in(page, "Harassment")
    # It opens where the notice is, and not where reading goes on.
    notice = page.locator(".notice")
    assert notice.inner_text() == f"{THANKS} Block {alice.username}, too"
    box = notice.bounding_box()
    assert 0 <= box["y"] < 200
    go(notice.get_by_role("link", name="Block"))
    go(page.get_by_role("button", name="Block", exact=True))
    assert page.get_by_role("status").inner_text() == f"You get no messages from {alice.username} any more."

    page.goto(f"/report/{alice.username}")
    assert page.locator("h1").inner_text() == "Your report"
    assert page.get_by_role("status").inner_text() == "You have reported this already. This is your report."
    assert_sound(page)


@pytest.mark.promise(2)
@pytest.mark.parametrize("javascript", [True, False])
def test_faults_stand_beside_their_fields_and_lead_to_them(browser_page, alice, bob, javascript):
    page = browser_page(javascript=javascript)
    sign_in(page, bob)
    page.goto(f"/message/{send(alice, bob)}/report")
    fill_in(page, "Something else", "x" * 1_001)
    faults = page.get_by_role("alert")
    assert faults.get_by_role("link").all_inner_texts() == ["This can have 1,000 characters at most."]
    assert page.get_by_label("Something else").is_checked()
    words = page.get_by_label("In your own words")
    assert (words.input_value(), words.get_attribute("aria-invalid")) == ("x" * 1_001, "true")
    assert page.evaluate("document.activeElement.name") == "words"
    assert_sound(page)

    # As a browser would send it that doesn't ask for what is required.
    page.goto(page.url)
    page.locator("main form").last.evaluate("form => form.noValidate = true")
    go(page.get_by_role("button", name="Report"))
    assert faults.get_by_role("link").all_inner_texts() == ["Choose what is wrong."]
    assert page.evaluate("document.activeElement.id") == "id_category_0"
    page.get_by_label("In your own words").focus()
    faults.get_by_role("link").click()
    assert page.evaluate("document.activeElement.id") == "id_category_0"
    assert_sound(page)


def test_what_changes_while_the_report_is_written_is_told_and_shown(page, alice, bob):
    message = send(alice, bob)
    send(bob, alice, "No!")
    for number, path in enumerate((f"/message/{message}/report", f"/report/{alice.username}")):
        page.goto(path)
        alice.api.patch(f"messages/{message}", json={"content": f"Good morning {number}"}, headers=alice.headers)
        fill_in(page, "Advertising", WORDS)
        (fault,) = page.get_by_role("alert").get_by_role("listitem").all_inner_texts()
        assert fault.startswith("This was changed or deleted after you opened the page, so nothing is reported yet.")
        assert page.locator(".message .text").first.inner_text() == f"Good morning {number}"
        assert page.locator(".message .text").first.is_visible()
        assert page.get_by_label("Advertising").is_checked()
        words = page.get_by_label("In your own words")
        assert words.input_value() == WORDS
        assert_sound(page)
        words.fill("It said: Buy!")
        go(page.get_by_role("button", name="Report"))
        assert page.locator(".notice").inner_text().startswith(THANKS)
    page.goto("/settings/reports")
    assert page.locator("dd", has_text="It said: Buy!").count() == 2


@pytest.mark.promise(4)
def test_the_keyboard_alone_reports(page, alice, bob):
    page.goto(f"/message/{send(alice, bob)}/report")
    page.locator("#id_category_0").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Again and again.")
    page.keyboard.press("Tab")
    go_by_enter(page)
    page.goto("/settings/reports")
    assert page.locator("dd").all_inner_texts()[2:4] == ["Harassment, hatred or threats", "Again and again."]


@pytest.mark.promise(2)
def test_reports_are_sound_in_german_too(page, alice, bob):
    message = send(alice, bob)
    page.goto("/settings")
    page.get_by_label("Language").select_option("de")
    go(page.get_by_role("button", name="Save"))
    page.goto("/settings/reports")
    assert page.get_by_text("Du hast nichts gemeldet.").is_visible()
    assert_sound(page, widths=[320])
    asked = {
        f"/message/{message}/report": "Eine Nachricht melden",
        f"/report/{alice.username}": f"{alice.username} melden",
    }
    for path, heading in asked.items():
        page.goto(path)
        assert page.locator("h1").inner_text() == heading
        assert_sound(page, widths=[320])
        page.get_by_label("Belästigung").check()
        go(page.get_by_role("button", name="Melden", exact=True))
        assert page.locator(".notice").inner_text().startswith("Danke. Die Moderation wird sich ansehen")
    page.goto("/settings/reports")
    assert outcome(page) == "Sie wartet auf die Moderation."
    assert_sound(page, widths=[320])


@pytest.mark.promise(20)
def test_an_outage_keeps_what_was_typed(page, alice, bob, parts, hanging):
    message = send(alice, bob)
    page.goto(f"/message/{message}/report")
    with hanging(parts.cassandra):
        fill_in(page, "Something else", WORDS)
        assert document_of(page).status == 503
        assert "Messages can't be reached" in page.get_by_role("alert").inner_text()
        assert page.get_by_label("In your own words").input_value() == WORDS
        assert page.get_by_label("Something else").is_checked()
        assert_sound(page)
        page.goto("/settings/reports")
        assert "You have reported nothing." in page.inner_text("main")
