"""The page of one's sessions."""

import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from accounts.services.sessions import start_session
from tests.accounts.pages.settings.looking import saved
from tests.chatsystem.rate_limits.making import ALL
from tests.chatsystem.test_pages import shown
from tests.forms import text_of

PATH = "/settings/sessions"
ROW = re.compile(r"<tr>\s*<td>(.*?)</tr>", re.DOTALL)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"


def rows(page):
    """The text of each row, its tags taken out."""
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in ROW.findall(page)]


@pytest.fixture
def other(alice):
    client = Client(headers={"User-Agent": FIREFOX})
    client.force_login(alice)
    return client


@pytest.fixture
def program(alice):
    """A session of a program, somewhere else, since a while."""
    session = start_session(
        person=alice, kind=Session.Kind.API, device="curl 8.5.0", address=ip_address("203.0.113.77")
    )
    seen = {"created_at": datetime(2025, 11, 24, 12, tzinfo=UTC), "last_seen_at": timezone.now() - timedelta(days=3)}
    Session.objects.filter(pk=session.pk).update(**seen)
    return session


def live(person):
    return set(Session.objects.live().filter(person=person).values_list("pk", flat=True))


def test_browsers_and_programs_are_one_list(browser, alice, program, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 12, 30, tzinfo=UTC), tick=False)
    Session.objects.filter(pk=program.pk).update(last_seen_at=timezone.now() - timedelta(days=3))
    Session.objects.filter(kind="browser").update(created_at=timezone.now(), last_seen_at=timezone.now())
    response = browser.get(PATH)
    assert shown(response) == (200, "Sessions")
    assert rows(text_of(response)) == [
        "Unknown device this one \u2013 12:30 12:30",
        "curl 8.5.0 program 203.0.113.0/24 24 Nov 2025 21 Nov End curl 8.5.0",
    ]
    assert 'title="24 November 2025 12:00 UTC"' in text_of(response)


def test_one_is_ended_from_its_next_request_on(browser, other, alice, program):
    firefox = Session.objects.filter(person=alice, kind="browser").latest("created_at")
    assert other.get(PATH).status_code == 200
    page = saved(browser, PATH, {"session": str(firefox.pk)})
    assert "The session is ended." in page
    assert other.get(PATH).status_code == 302
    assert len(live(alice)) == 2
    assert firefox.pk not in live(alice)


def test_all_others_are_ended_and_this_one_stays(browser, other, alice, program):
    page = saved(browser, PATH, {"session": ""})
    assert "2 sessions are ended." in page
    assert len(rows(page)) == 1
    assert "End all other sessions" not in page
    assert other.get(PATH).status_code == 302


def test_a_second_click_is_no_error(browser, program):
    for _ in range(2):
        assert "The session is ended." in saved(browser, PATH, {"session": str(program.pk)})


def test_somebody_elses_session_an_unknown_one_and_one_that_has_ended_are_answered_alike(browser, bob, alice):
    theirs = start_session(person=bob, kind=Session.Kind.API, device="test", address=None)
    answers = {saved(browser, PATH, {"session": str(id)}).count("The session is ended.") for id in (theirs.pk, uuid4())}
    assert answers == {1}
    assert live(bob) == {theirs.pk}
    assert len(live(alice)) == 1


def test_an_id_that_is_none_is_a_404_and_ends_nothing(browser, program, alice):
    assert browser.post(PATH, {"session": "x"}).status_code == 404
    assert len(live(alice)) == 2


def test_ending_this_one_asks_to_log_in(browser, alice):
    (this,) = live(alice)
    assert browser.post(PATH, {"session": str(this)}).status_code == 303
    assert browser.get(PATH).status_code == 302


def test_whoever_has_used_up_their_changes_can_still_end_sessions(browser, program, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**ALL, "change": (1, 600)}
    for _ in range(2):
        browser.post("/settings/blocked", {"username": "nobody-at-all"})
    assert browser.post("/settings/blocked", {"username": "nobody-at-all"}).status_code == 429
    assert browser.post(PATH, {"session": str(program.pk)}).status_code == 303


def test_what_a_device_calls_itself_is_shown_as_text(browser, alice):
    start_session(person=alice, kind=Session.Kind.API, device="<b>x</b>", address=None)
    assert b"&lt;b&gt;x&lt;/b&gt;" in browser.get(PATH).content
