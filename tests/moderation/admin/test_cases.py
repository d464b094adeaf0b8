"""The queue, and a case's page, in the admin."""

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.services.one_message import get_message
from moderation.admin.cases import ACTIONS
from moderation.models import Case, Report
from moderation.services import cases as services
from moderation.services.cases import assign, decide
from tests.admin import new_operator, sign_in
from tests.moderation.admin.case_pages import OPEN, QUEUE, actions, choices_of, listed, page_of, stored, table
from tests.moderation.making import MODERATOR, report, report_of, spam
from tests.operators import entries

# The queue


@pytest.mark.sql
def test_the_queue_is_what_nobody_has_decided_and_filters_find_the_rest(browser, moderator, alice, bob, new_person):
    report(bob, spam(alice, bob))
    for reporter, category in ((bob, "harassment"), (new_person(), "harassment"), (new_person(), "self_harm")):
        report_of(reporter, alice, category=category)
    report_of(alice, bob)
    report_of(bob, new_person())
    message, person, rejected, resolved = Case.objects.order_by("pk")
    assign(case_id=person.pk, to=moderator, actor=MODERATOR)
    decide(case_id=rejected.pk, decision="nothing", actor=MODERATOR, reason="x")
    decide(case_id=resolved.pk, decision="suspend", actor=MODERATOR, reason="x")
    response = browser.get(QUEUE)
    assert [row.cells[:6] for row in response.context["table"].rows] == [
        (person.pk, alice.username, "2 harassment, 1 self harm", "assigned", moderator.username, ""),
        (message.pk, f"a message of {alice.username}", "1 spam", "open", "", ""),
    ]
    assert response.context["table"].rows[0].url == page_of(person)
    for query, expected in (
        ({"state": "open"}, [message]),
        ({"state": "assigned"}, [person]),
        ({"state": "resolved"}, [resolved]),
        ({"state": "rejected"}, [rejected]),
        ({"state": "any"}, [resolved, rejected, person, message]),
        ({"category": "spam"}, [message]),
        ({"category": "spam", "state": "any"}, [resolved, rejected, message]),
        ({"assignee": "me"}, [person]),
        ({"person": alice.username.upper()}, [person, message]),
        ({"person": str(bob.pk), "state": "any"}, [rejected]),
        ({"person": "nobody of that name"}, []),
    ):
        assert listed(browser.get(QUEUE, query)) == [one.pk for one in expected], query
    gone = alice.pk
    alice.delete()
    assert listed(browser.get(QUEUE, {"person": str(gone)})) == [person.pk, message.pk]


@pytest.mark.sql
@pytest.mark.parametrize(
    "query", [{"state": "nope"}, {"category": "nope"}, {"assignee": "you"}, {"before": "x"}, {"person": "a\0"}], ids=str
)
def test_a_filter_that_cannot_be_is_refused(browser, query):
    assert browser.get(QUEUE, query).status_code == 400


@pytest.mark.sql
def test_a_place_that_no_case_can_have_is_no_fault(browser, case):
    assert listed(browser.get(QUEUE, {"before": 10**30})) == [case.pk]
    assert listed(browser.get(QUEUE, {"before": 1})) == []


def make_cases(number):
    """Cases about people who are gone, with two reports each."""
    made = Case.objects.bulk_create(Case(about="person", person_id=uuid.uuid4(), person="gone") for _ in range(number))
    Report.objects.bulk_create(
        Report(case=one, reporter_id=uuid.uuid4(), reporter="r", category=category)
        for one in made
        for category in ("spam", "other")
    )


@pytest.mark.sql
def test_the_queue_is_walked_page_by_page_without_a_gap(browser):
    make_cases(120)
    seen, query = [], ""
    while True:
        response = browser.get(f"{QUEUE}?{query}")
        seen.append(listed(response))
        query = response.context["older"]
        if not query:
            break
    assert [len(page) for page in seen] == [50, 50, 20]
    assert [pk for page in seen for pk in page] == list(Case.objects.order_by("-pk").values_list("pk", flat=True))


@pytest.mark.parametrize("query", ["", "?state=any&category=spam"])
def test_the_queue_costs_the_same_however_long_it_is_and_counts_only_what_it_shows(browser, query):
    browser.get(QUEUE)
    made = []
    for number in (1, 300):
        make_cases(number)
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"{QUEUE}{query}")
        made.append([one["sql"] for one in queries])
    assert [len(asked) for asked in made] == [5, 5]  # the cookie, who looks, what they may, cases, their reports
    (counting,) = [sql for sql in made[1] if "COUNT(" in sql.upper()]
    assert counting.count(",") >= 50
    assert not [sql for sql in made[1] if "OFFSET" in sql.upper()]


# A case's page


def test_a_cases_page_has_facts_reports_and_notes_as_text(browser, moderator, alice, bob, case, sent):
    services.add_note(case_id=case.pk, words="Asked <b>Alice</b>.\nShe is sorry.", actor=MODERATOR)
    response = browser.get(page_of(case))
    facts = dict(response.context["facts"])
    assert (facts["About"], facts["Message"], facts["State"]) == ("a message", sent.id, "open")
    assert f'<a href="/admin/accounts/user/{alice.pk}/change/">{alice.username}</a>' in response.text
    assert table(response, "Reports")[0][:2] == [bob.username, "advertising, or the same again and again"]
    assert "Every day,\n&lt;i&gt;since May&lt;/i&gt;" in response.text
    assert "Asked &lt;b&gt;Alice&lt;/b&gt;.\nShe is sorry." in response.text
    assert actions(response) == [
        "Evidence", "Decide", "Assign", "Write a note", "Look around the message", "Look up their messages",
        "Redact what they wrote",
    ]  # fmt: skip
    decide(case_id=case.pk, decision="nothing", actor=MODERATOR, reason="x")
    assert actions(browser.get(page_of(case)))[:3] == ["Evidence", "Reopen", "Write a note"]


@pytest.mark.sql
def test_a_cases_page_shows_no_contents_and_asks_cassandra_nothing(browser, alice, case, cql_requests):
    cql_requests.clear()
    before = entries()
    response = browser.get(page_of(case))
    assert f"Buy {alice.username}!" not in response.text
    assert (cql_requests, entries()) == ([], before)


def test_a_cases_page_costs_a_bounded_number_of_queries(browser, case, django_assert_max_num_queries):
    Report.objects.bulk_create(
        Report(case=case, reporter_id=uuid.uuid4(), reporter="r", category="spam", words="w") for _ in range(300)
    )
    browser.get(page_of(case))
    with django_assert_max_num_queries(8):
        response = browser.get(page_of(case))
    assert len(table(response, "The first 100 reports")) == 100


def test_an_auditor_sees_cases_but_neither_evidence_nor_a_way_to_decide(alice, case, sent):
    browser = sign_in(new_operator("auditor"))
    response = browser.get(page_of(case))
    assert (actions(response), len(table(response, "Reports")), table(response, "Notes")) == ([], 1, [])
    before = entries()
    for name in ("evidence", "assign", "note", "decide", "reopen"):
        assert browser.post(page_of(case, name), {"reason": "x", "decision": "redact", "words": "x"}).status_code == 403
    assert (stored(case), entries(), case.notes.count()) == (OPEN, before, 0)
    assert get_message(owner=alice, message_id=sent.id).content == sent.content


@pytest.mark.sql
def test_whoever_may_see_cases_alone_sees_neither_reports_nor_notes(case):
    person = new_operator("support")
    person.user_permissions.add(Permission.objects.get(codename="view_case"))
    browser = sign_in(person)
    response = browser.get(page_of(case))
    assert response.context["tables"] == []
    assert "since May" not in response.text
    assert [row.cells[2] for row in browser.get(QUEUE).context["table"].rows] == [""]


# One's own


@pytest.mark.parametrize("role", ["moderator", "auditor", "owner", None])
def test_nobody_sees_who_reported_them_or_closes_their_own_case(role, bob):
    operator = new_operator(role)
    report_of(bob, operator, words="They shout.")
    case = Case.objects.get(person_id=operator.pk)
    browser = sign_in(operator)
    assert listed(browser.get(QUEUE)) == listed(browser.get(QUEUE, {"person": operator.username})) == []
    before = entries()
    fields = {"reason": "x", "decision": "nothing", "words": "x", "assignee": ""}
    closed = 403 if role == "auditor" else 404
    for name in ACTIONS:
        answers = {browser.get(page_of(case, name)).status_code, browser.post(page_of(case, name), fields).status_code}
        assert answers == {closed}, name
    assert browser.get(page_of(case)).status_code == 404
    assert (stored(case), entries(), case.notes.count()) == (OPEN, before, 0)
    # Nor by the page of whoever did it, or by their own.
    assert table(browser.get(f"/admin/accounts/user/{bob.pk}/change/"), "Reports by them") == []
    own = browser.get(f"/admin/accounts/user/{operator.pk}/change/")
    assert "Reports against them" not in [one.title for one in own.context["tables"]]
    # Everybody else goes on with it.
    other = sign_in(new_operator("moderator"))
    assert listed(other.get(QUEUE)) == [case.pk]
    assert "They shout." in other.get(page_of(case)).text
    assert operator.username not in {text for _, text in choices_of(other.get(page_of(case, "assign")), "assignee")}
    assert len(table(other.get(f"/admin/accounts/user/{bob.pk}/change/"), "Reports by them")) == 1
