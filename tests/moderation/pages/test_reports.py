"""The pages on which people see what became of their reports."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from accounts.services.profile import change_profile
from chatsystem.errors import StorageUnavailable
from messaging.services.altering import delete_for_everyone, remove_message
from messaging.services.sending import send_message
from messaging.store import one_message
from messaging.types import moment_of, stamp_of
from moderation.models import Case, Report
from moderation.pages.words import CATEGORIES, OUTCOMES, WAITING
from moderation.services.cases import decide
from moderation.services.reports import DEFAULT_LIMIT
from tests.messaging.pages.reading import browser_of, page_of
from tests.moderation.making import MODERATOR, report, report_of, spam

PATH = "/settings/reports"
NOVEMBER = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)


@pytest.fixture
def browser(bob):
    """Bob's."""
    return browser_of(bob)


def rows(html):
    """What a page says of each report, by what it calls it, with the heading's link."""
    found = []
    for row in re.findall(r"<li>\n<h2>(.*?)</li>", html, re.DOTALL):
        heading, _, rest = row.partition("</h2>")
        facts = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", rest, re.DOTALL)
        link = re.search('href="([^"]*)"', heading)
        found.append((plain(heading), link and link[1], {name: plain(value) for name, value in facts}))
    return found


def plain(html):
    return re.sub("<[^>]*>", "", html)


def made_in_november(told):
    Report.objects.filter(pk=told.id).update(created_at=NOVEMBER)


def test_nothing_reported_says_how_it_is_done(browser):
    response = browser.get(PATH)
    html = page_of(response)
    assert response["Cache-Control"] == "no-store"
    assert "<h1>Reports</h1>" in html
    assert "You have reported nothing." in html
    assert f'<a href="{PATH}" aria-current="page">Reports</a>' in html


@pytest.mark.sql
def test_a_report_of_a_message_says_what_and_when_and_leads_to_the_message(alice, bob, browser):
    sent = spam(alice, bob)
    told = report(bob, sent, "sexual", "<b>No\nmore")
    made_in_november(told)
    moment = moment_of(stamp_of(sent.id))
    assert rows(page_of(browser.get(PATH))) == [
        (
            f"A message from {alice.username}",
            f"/message/{sent.id}",
            {
                "Sent": f"{moment.day} {moment:%B %Y %H:%M} UTC",
                "Reported": "24 November 2026 14:02 UTC",
                "What is wrong": "Sexual content that I don&#x27;t want",
                "Your words": "&lt;b&gt;No\nmore",
                "Outcome": "It waits for a moderator.",
            },
        )
    ]


def test_a_report_of_a_person_has_no_message(alice, bob, browser):
    made_in_november(report_of(bob, alice))
    assert rows(page_of(browser.get(PATH))) == [
        (
            f"The person {alice.username}",
            None,
            {
                "Reported": "24 November 2026 14:02 UTC",
                "What is wrong": "Advertising, or the same again and again",
                "Outcome": "It waits for a moderator.",
            },
        )
    ]


def test_only_messages_that_are_there_still_have_a_link(alice, bob, browser):
    there, removed, deleted = (spam(alice, bob) for _ in range(3))
    for one in (there, removed, deleted):
        report(bob, one)
    remove_message(owner=bob, message_id=removed.id)
    delete_for_everyone(author=alice, message_id=deleted.id)  # a line stands there
    links = [link for _, link, _ in rows(page_of(browser.get(PATH)))]
    assert links == [f"/message/{deleted.id}", None, f"/message/{there.id}"]


def test_while_messages_are_away_reports_are_listed_without_links(alice, bob, browser, monkeypatch):
    report(bob, spam(alice, bob))

    def fail(*_, **__):
        raise StorageUnavailable

    monkeypatch.setattr(one_message.FIND_SOME, "run", fail)
    ((heading, link, _),) = rows(page_of(browser.get(PATH)))
    assert (heading, link) == (f"A message from {alice.username}", None)


@pytest.mark.sql
@pytest.mark.parametrize(
    ("decision", "outcome"),
    [
        ("nothing", "Moderators looked at it and left everything as it is."),
        ("redact", "The message was deleted for everyone."),
        ("suspend", "The account was suspended."),
    ],
)
def test_what_was_decided_is_told_with_the_day_and_not_by_whom(alice, bob, browser, decision, outcome):
    report(bob, spam(alice, bob))
    decide(case_id=Case.objects.get().pk, decision=decision, actor=MODERATOR, reason="Against rule 7.")
    Case.objects.update(decided_at=NOVEMBER)
    html = page_of(browser.get(PATH))
    ((_, _, facts),) = rows(html)
    assert facts["Outcome"] == f"{outcome} 24 November 2026"
    assert "mona" not in html
    assert "rule 7" not in html


@pytest.mark.sql
def test_a_case_that_somebody_looks_after_says_so(alice, bob, browser, new_person):
    report(bob, spam(alice, bob))
    assignee = new_person()
    Case.objects.update(state="assigned", assignee=assignee)
    html = page_of(browser.get(PATH))
    assert rows(html)[0][2]["Outcome"] == "A moderator is looking at it."
    assert assignee.username not in html


def test_every_state_and_decision_has_words():
    assert list(OUTCOMES) == list(Case.Decision.values)
    assert [*WAITING, "resolved", "rejected"] == list(Case.State.values)
    assert list(CATEGORIES) == list(Report.Category.values)


def test_reports_are_listed_newest_first_and_page_by_page_and_nobody_elses(alice, bob, browser, new_person):
    sent = [spam(alice, bob, f"number {number}") for number in range(DEFAULT_LIMIT + 2)]
    for one in sent:
        report(bob, one)
    report(alice, send_message(sender=bob, recipient=alice.username, content="no"))
    html = page_of(browser.get(PATH))
    assert [link for _, link, _ in rows(html)] == [f"/message/{one.id}" for one in sent[:1:-1]]
    assert "Go to the newest" not in html
    (older,) = re.findall(r'<a rel="next" href="([^"]*)"', html)
    html = page_of(browser.get(f"{PATH}{older}"))
    assert [link for _, link, _ in rows(html)] == [f"/message/{one.id}" for one in sent[1::-1]]
    assert f'<a href="{PATH}">Go to the newest</a>' in html
    assert 'rel="next"' not in html
    assert rows(page_of(browser_of(new_person()).get(PATH))) == []


@pytest.mark.sql
def test_a_place_that_is_none_is_refused(alice, bob, browser):
    for place in ("nothing", uuid4(), report(alice, spam(bob, alice)).id):
        html = page_of(browser.get(f"{PATH}?before={place}"), 400)
        assert "This is no report of yours; take one from an answer." in html


@pytest.mark.sql
def test_one_report_has_a_page_of_its_own_for_its_reporter_alone(alice, bob, browser, new_person):
    told = report(bob, spam(alice, bob), words="first")
    report(bob, spam(alice, bob), words="second")
    path = f"{PATH}/{told.id}"
    html = page_of(browser.get(path))
    assert [facts["Your words"] for _, _, facts in rows(html)] == ["first"]
    assert path not in html
    assert f'href="{path}"' in page_of(browser.get(PATH))
    for stranger in (alice, new_person()):
        assert "There is nothing at this address." in page_of(browser_of(stranger).get(path), 404)
    assert page_of(browser.get(f"{PATH}/{uuid4()}"), 404)


def test_whoever_is_logged_out_is_asked_to_log_in(client, alice, bob):
    told = report(bob, spam(alice, bob))
    for path in (PATH, f"{PATH}/{told.id}"):
        answered = client.get(path)
        assert (answered.status_code, answered["Location"]) == (302, f"/login?next={path.replace('/', '%2F')}")


def test_they_are_told_in_german(alice, bob, browser):
    change_profile(person=bob, language="de")
    report(bob, spam(alice, bob), "harassment")
    ((heading, _, facts),) = rows(page_of(browser.get(PATH)))
    assert heading == f"Eine Nachricht von {alice.username}"
    assert facts["Grund"] == "Belästigung, Hass oder Drohungen"
    assert facts["Ergebnis"] == "Sie wartet auf die Moderation."


def test_a_page_costs_the_session_one_query_and_one_request(
    alice, bob, browser, cql_requests, django_assert_num_queries
):
    for _ in range(5):
        report(bob, spam(alice, bob))
    browser.get("/keyboard")
    cql_requests.clear()
    with django_assert_num_queries(2):
        page_of(browser.get(PATH))
    assert cql_requests == ["find_some_messages"]
