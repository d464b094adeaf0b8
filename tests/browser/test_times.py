"""Times on pages: by the reader's clock."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from messaging.store import writing
from messaging.types import Message
from tests.browser.pages import document_of, go
from tests.browser.people import sign_in
from tests.contract.test_me import me
from tests.messaging.making import id_at, ticks_at


def first_time(page):
    """Moment, title and text of the first time on a page."""
    element = page.locator("main time").first
    return element.get_attribute("datetime"), element.get_attribute("title"), element.inner_text()


def minutes(clock):
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def ahead_of_utc(page):
    """By how many minutes, of a day, the first time on a page is shown ahead of what it is in UTC."""
    moment, _, shown = first_time(page)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)
    return (minutes(shown) - minutes(moment[11:16])) % (24 * 60)


@pytest.mark.promise(9)
def test_the_zone_is_taken_from_the_browser_once_and_can_be_changed(browser_page, alice):
    page = browser_page(timezone_id="Asia/Kathmandu")
    page.goto("/login")  # where the script tells the zone
    sign_in(page, alice)
    assert me(alice)["time_zone"] in {"Asia/Kathmandu", "Asia/Katmandu"}
    page.goto("/settings/sessions")
    assert ahead_of_utc(page) == 5 * 60 + 45
    assert first_time(page)[1].endswith(" +0545")

    moved = browser_page(timezone_id="Pacific/Marquesas")
    moved.goto("/login")
    sign_in(moved, alice)
    moved.goto("/settings/sessions")
    assert ahead_of_utc(moved) == 5 * 60 + 45
    moved.goto("/settings")
    assert moved.get_by_text("Your browser is in Pacific/Marquesas.").is_visible()
    moved.get_by_label("Time zone").select_option("Pacific/Marquesas")
    go(moved.get_by_role("button", name="Save"))
    moved.goto("/settings/sessions")
    assert ahead_of_utc(moved) == 24 * 60 - (9 * 60 + 30)


@pytest.mark.promise(9)
def test_without_a_script_it_is_utc_until_a_zone_is_chosen(browser_page, alice):
    page = browser_page(javascript=False, timezone_id="Asia/Tokyo")
    sign_in(page, alice)
    page.goto("/settings/sessions")
    assert ahead_of_utc(page) == 0
    assert first_time(page)[1].endswith(" UTC")
    page.goto("/settings")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    go(page.get_by_role("button", name="Save"))
    page.goto("/settings/sessions")
    assert ahead_of_utc(page) == 9 * 60
    assert "datetime" in document_of(page).text()


def write(sender, recipient, content, moment):
    """Have a message be there that was sent at a moment."""
    sender_id, recipient_id = UUID(sender.id), UUID(recipient.id)
    message_id = id_at(ticks_at(moment))
    writing.append(Message(message_id, sender_id, sender.username, recipient_id, recipient.username, content))


def set_zone(person, zone):
    changed = person.api.patch("users/me", json={"time_zone": zone}, headers=person.headers)
    assert changed.status_code == 200


def zone_where_it_is_noon():
    """A zone in which no test comes near midnight; by an old custom, those ahead of UTC have a minus."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+}" if ahead else "UTC"


@pytest.mark.promise(9)
def test_the_inbox_tells_of_today_the_time_and_else_the_day_and_always_the_exact_moment(browser_page, enter, alice):
    zone = zone_where_it_is_noon()
    set_zone(alice, zone)
    now = datetime.now(ZoneInfo(zone))
    expected = {}
    for days in (0, 1, 5, 400):
        sender, moment = enter(), now - timedelta(days=days, minutes=1)
        write(sender, alice, "hello", moment)
        day = f"{moment.day} {moment:%b}"
        year = "" if moment.year == now.year else f" {moment.year}"
        expected[sender.username] = (
            f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            f"{moment.day} {moment:%B %Y %H:%M %Z}",
            {0: f"{moment:%H:%M}", 1: "Yesterday"}.get(days, f"{day}{year}"),
        )
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto("/inbox")
    for name, shown in expected.items():
        time = page.locator("li", has_text=name).locator("time")
        assert (time.get_attribute("datetime"), time.get_attribute("title"), time.inner_text()) == shown


@pytest.mark.promise(9)
@pytest.mark.parametrize(
    ("zone", "headings", "shown"),
    [
        (
            "Europe/Zurich",
            ["Thursday, 1 January 2026", "Sunday, 29 March 2026", "Wednesday, 1 July 2026"],
            ["00:30", "01:59", "03:00", "14:00"],
        ),
        (
            "America/New_York",
            ["Wednesday, 31 December 2025", "Saturday, 28 March 2026", "Wednesday, 1 July 2026"],
            ["18:30", "20:59", "21:00", "08:00"],
        ),
        (
            "Pacific/Kiritimati",
            ["Thursday, 1 January 2026", "Sunday, 29 March 2026", "Thursday, 2 July 2026"],
            ["13:30", "14:59", "15:00", "02:00"],
        ),
    ],
)
def test_a_conversation_has_the_days_and_times_of_the_readers_zone_whatever_its_clocks_did(
    browser_page, alice, bob, zone, headings, shown
):
    for moment in ("2025-12-31T23:30", "2026-03-29T00:59", "2026-03-29T01:00", "2026-07-01T12:00"):
        write(bob, alice, "hello", datetime.fromisoformat(f"{moment}+00:00"))
    set_zone(alice, zone)
    page = browser_page(javascript=False)
    sign_in(page, alice)
    page.goto(f"/with/{bob.username}")
    assert page.locator(".day h2").all_inner_texts() == headings
    assert page.locator(".message time").all_inner_texts() == shown
