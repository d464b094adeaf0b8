"""A case's evidence in the admin."""

import uuid

import pytest

from chatsystem.audit.models import AuditEntry
from messaging.services.altering import remove_message
from moderation.models import Case
from tests.moderation.admin.case_pages import page_of
from tests.moderation.making import conversation, report, report_of, spam
from tests.operators import entries, told


def test_no_evidence_is_shown_without_a_reason_and_nothing_is_written_down(browser, alice, case):
    before = entries()
    page = page_of(case, "evidence")
    for response in (browser.get(page), browser.post(page, {"reason": ""}), browser.post(page, {"reason": " \n"})):
        assert response.status_code == 200
        assert f"Buy {alice.username}!" not in response.text
    assert browser.post(page, {"reason": ""}).context["form"].errors == {"reason": ["This field is required."]}
    assert entries() == before


@pytest.mark.sql
def test_evidence_is_shown_as_it_was_reported_and_the_look_is_one_entry(browser, moderator, alice, bob, caplog):
    around = conversation(alice, bob, 13)
    report(bob, around[6], words="Look!")
    for one in around:
        remove_message(owner=bob, message_id=one.id)
    case = Case.objects.get()
    before = entries()
    response = browser.post(page_of(case, "evidence"), {"reason": "Case <17>"})
    ((shown_report, shown),) = response.context["files"]
    assert [one.content for one in shown] == [f"number {turn}" for turn in range(1, 12)]
    assert [one.is_reported for one in shown].index(True) == 5
    assert {one.person_id for one in shown} == {bob.pk}  # by whom they are found, though his account alone may be left
    assert shown_report.words == "Look!"
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert entries() == before + 1
    assert told() == {
        "actor": moderator.username,
        "action": "messages.looked_up",
        "target": alice.username,
        "before": None,
        "after": None,
        "reason": "Case <17>",
    }
    assert "number 6" not in caplog.text
    assert "number" not in str(list(AuditEntry.objects.values_list("after", "reason")))


def test_evidence_is_text(browser, alice, case):
    response = browser.post(page_of(case, "evidence"), {"reason": '"><b>x'})
    assert f"&lt;b&gt;Buy {alice.username}!&lt;/b&gt;" in response.text
    assert 'name="reason" value="&quot;&gt;&lt;b&gt;x"' in response.text  # goes on to what stands around it


def test_evidence_of_many_reports_comes_page_by_page_each_a_look_of_its_own(browser, alice, new_person):
    for number in range(12):
        reporter = new_person()
        spam(alice, reporter, f"to number {number}")
        report_of(reporter, alice)
    case = Case.objects.get()
    before = entries()
    page = page_of(case, "evidence")
    response = browser.post(page, {"reason": "x"})
    first = [one.content for _, shown in response.context["files"] for one in shown]
    response = browser.post(page, {"reason": "x", "after": str(response.context["later"])})
    second = [one.content for _, shown in response.context["files"] for one in shown]
    assert first + second == [f"to number {number}" for number in range(12)]
    assert (len(first), response.context["later"]) == (10, None)
    assert entries() == before + 2
    for place in ("nonsense", str(uuid.uuid4())):
        response = browser.post(page, {"reason": "x", "after": place})
        assert "This is no report of the case" in response.text
        assert "to number" not in response.text
    assert entries() == before + 2


def test_evidence_costs_a_bounded_number_of_queries(browser, alice, new_person, django_assert_max_num_queries):
    for _ in range(5):
        report_of(new_person(), alice)
    page = page_of(Case.objects.get(), "evidence")
    browser.post(page, {"reason": "x"})
    with django_assert_max_num_queries(16):
        browser.post(page, {"reason": "x"})
