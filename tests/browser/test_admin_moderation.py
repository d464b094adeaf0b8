"""Working through reports in the admin, as a moderator does."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import go
from tests.browser.people import sign_in
from tests.browser.sound import assert_sound
from tests.contract.talking import ask_sql
from tests.server import manage

QUEUE = "/admin/moderation/case/"
LOOK = "/admin/moderation/lookup/"
LONG = "w" * 200  # nothing that a window could break by itself


@pytest.fixture
def moderator(server, enter):
    person = enter()
    manage(server.environment, "role", "grant", person.username, "moderator", "--reason=A test.")
    return person


@pytest.fixture
def sent(alice, bob):
    """What Alice and Bob wrote to each other by turns."""
    people = (alice, bob)
    return [
        people[turn % 2].send(people[1 - turn % 2].username, f"number {turn}, {LONG}").json()["id"]
        for turn in range(13)
    ]


@pytest.fixture
def case(server, bob, sent):
    """The address of a case about what Alice wrote to Bob."""
    words = f"Every day,\nsince May. {LONG}"
    assert bob.post("reports", {"message_id": sent[6], "category": "harassment", "words": words}).status_code == 201
    ((number,),) = ask_sql(server, f"SELECT id FROM moderation_case WHERE message_id = '{sent[6].replace('-', '')}'")
    return f"{QUEUE}{number}/"


@pytest.fixture
def desk(page, moderator):
    """A moderator's browser, signed in."""
    sign_in(page, moderator, path=f"/admin/login/?next={QUEUE}")
    return page


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def press(page, name):
    go(button(page, name))


def follow(page, name):
    go(page.get_by_role("link", name=name, exact=True))


def actions_told(server, moderator):
    """What the audit log tells of a moderator, the first first."""
    actor = f"SELECT action FROM chatsystem_auditentry WHERE actor_id = '{moderator.id}' ORDER BY number"
    return [action for (action,) in ask_sql(server, actor)]


def test_the_queue_and_a_case_are_sound_and_lead_to_its_decision(desk, server, moderator, alice, case):
    assert desk.title().startswith("Reports")
    desk.get_by_label("About").fill(alice.username)
    press(desk, "Find")
    assert_sound(desk)
    follow(desk, case.split("/")[-2])
    expect(desk.get_by_text("since May.")).to_be_visible()
    assert "number 6" not in desk.content()
    assert_sound(desk)
    for way in ("Write a note", "Assign", "Decide"):
        follow(desk, way)
        assert_sound(desk)
        desk.go_back()
    follow(desk, "Assign")
    press(desk, "Assign")
    expect(desk.get_by_role("status")).to_have_text(f"The case is assigned to {moderator.username}.")
    follow(desk, "Write a note")
    desk.get_by_label("Note").fill("Asked her.\nShe is sorry.")
    press(desk, "Write it down")
    follow(desk, "Decide")
    desk.get_by_label("Decision").select_option("redact")
    button(desk, "Decide").click()  # the browser itself wants a reason
    expect(desk.get_by_label("Reason")).to_be_focused()
    desk.get_by_label("Reason").fill("Rule 1.")
    press(desk, "Decide")
    expect(desk.get_by_role("status")).to_have_text("The case is decided: redact the message.")
    assert_sound(desk)
    assert actions_told(server, moderator) == [
        *("case.assigned", "case.noted"),
        *("message.redaction_begun", "message.redacted", "case.decided"),
    ]


def test_evidence_is_shown_for_a_reason_and_is_sound(desk, server, moderator, case):
    desk.goto(f"{case}evidence/")
    assert "number" not in desk.content()
    assert_sound(desk)
    desk.get_by_label("Reason").fill("A report.")
    press(desk, "Show it")
    assert desk.url.endswith(f"{case}evidence/")
    shown = desk.locator("ol.messages > li")
    assert [re.search(r"number \d+", text)[0] for text in shown.all_inner_texts()] == [
        f"number {turn}" for turn in range(1, 12)
    ]
    expect(desk.locator("li.is-reported")).to_have_count(1)
    assert_sound(desk)
    go(shown.nth(5).get_by_role("button"))  # what stands around it now, for the same reason
    assert desk.url.endswith(f"{LOOK}around/")
    expect(shown).to_have_count(11)
    assert actions_told(server, moderator) == ["messages.looked_up", "messages.looked_up"]


def test_messages_are_looked_up_and_one_is_redacted_all_of_it_sound(desk, alice, sent):
    for way in ("Of two people", "One message", "Around a message", "A person's"):
        desk.goto(LOOK)
        follow(desk, way)
        assert_sound(desk, widths=[320, 1280])
    button(desk, "Look").click()  # as above
    expect(desk.get_by_label("Person")).to_be_focused()
    desk.get_by_label("Person").fill("nobody of that name")
    desk.get_by_label("Reason").fill("A question.")
    press(desk, "Look")
    expect(desk.get_by_text("Nobody has this name or id.")).to_be_visible()
    assert_sound(desk)
    desk.get_by_label("Person").fill(alice.username)
    press(desk, "Look")
    shown = desk.locator("ol.messages > li")
    expect(shown).to_have_count(13)
    assert_sound(desk)
    go(shown.nth(2).get_by_role("link", name=f"Redact the message {sent[10]}"))
    assert_sound(desk)
    desk.get_by_label("Reason").fill("Rule 1.")
    press(desk, "Redact it")
    expect(desk.get_by_role("status")).to_have_text("The message is redacted.")
    desk.get_by_label("Reason").fill("Is it gone?")
    press(desk, "Look")
    around = desk.locator("ol.messages > li", has_text=sent[10])
    expect(around).to_contain_text("redacted")
    assert "number 10" not in desk.content()
    assert_sound(desk)


def test_pages_of_messages_follow_each_other_by_buttons(desk, alice, bob):
    for number in range(52):
        assert alice.send(bob.username, f"number {number}").status_code == 201
    desk.goto(LOOK)
    desk.get_by_label("Person").fill(alice.username)
    desk.get_by_label("Reason").fill("A question.")
    press(desk, "Look")
    shown = desk.locator("ol.messages > li")
    expect(shown).to_have_count(50)
    press(desk, "Older")
    expect(shown).to_have_count(2)
    expect(shown.last).to_contain_text("number 0")
    assert_sound(desk, widths=[320])
    press(desk, "Newest")
    expect(shown.first).to_contain_text("number 51")


def test_a_span_is_counted_and_then_redacted_by_a_job(desk, server, moderator, alice, sent):
    desk.goto(f"{LOOK}redact-range/")
    assert_sound(desk)
    desk.get_by_label("Person").fill(alice.username)
    desk.get_by_label("Reason").fill("Rule 1.")
    press(desk, "Count")
    assert actions_told(server, moderator) == []
    assert_sound(desk)
    press(desk, "Redact 7 messages")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Job")
    expect(desk.get_by_role("status")).to_contain_text(f"redacts what {alice.username} wrote.")
    assert_sound(desk)
    manage(server.environment, "jobs", "cancel", desk.url.split("/")[-3], "--reason=A test.")  # it's another test's
    assert actions_told(server, moderator) == ["job.started", "messages.redacted"]


def test_everything_works_without_scripts(browser_page, moderator, case):
    page = browser_page(javascript=False)
    sign_in(page, moderator, path=f"/admin/login/?next={case}evidence/")
    page.get_by_label("Reason").fill("A report.")
    press(page, "Show it")
    expect(page.locator("li.is-reported")).to_contain_text("number 6")
