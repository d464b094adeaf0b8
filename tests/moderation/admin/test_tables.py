"""The audit log and jobs in the admin: lists that count nothing, filters, exports, buttons."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.browsers import CONFIRMED
from accounts.services.operators import end_all_sessions
from chatsystem.audit.models import AuditEntry
from chatsystem.audit.types import Actor
from chatsystem.jobs.models import Job, JobFailure
from moderation.admin import audit
from moderation.roles import ROLES
from tests.admin import make_older, new_operator, sign_in
from tests.factories import PASSWORD
from tests.operators import OPERATOR, entries, told

LOG = "/admin/chatsystem/auditentry/"
JOBS = "/admin/chatsystem/job/"
State = Job.State


def act(person, times=1, actor=OPERATOR, reason="A test."):
    for _ in range(times):
        end_all_sessions(person=person, actor=actor, reason=reason)


def numbers(response):
    assert response.status_code == 200
    return [row.cells[0] for row in response.context["table"].rows]


def last():
    return AuditEntry.objects.order_by("number").last().number


# The audit log


@pytest.mark.sql
def test_entries_are_listed_the_last_first_page_by_page_without_a_gap(admin, alice):
    act(alice, 120)
    seen, query = [], ""
    while True:
        response = admin.get(f"{LOG}?{query}")
        seen += numbers(response)
        query = response.context["older"]
        if not query:
            break
    assert seen == list(range(last(), 0, -1))


@pytest.mark.parametrize("path", [LOG, JOBS, "/admin/accounts/user/"])
def test_a_list_counts_nothing_and_costs_two_queries(admin, path):
    admin.get(path)
    with CaptureQueriesContext(connection) as queries:
        admin.get(path)
    asked = [query["sql"] for query in queries]
    assert len(asked) <= 4  # the cookie, the rights of the one who looks, the rows
    assert not [sql for sql in asked if "COUNT(" in sql.upper() or "OFFSET" in sql.upper()]


@pytest.mark.sql
def test_entries_are_found_by_who_what_about_whom_and_when(admin, alice, bob):
    act(alice, reason="first")
    act(bob, actor=Actor.of(alice), reason="second")
    for query, reasons in (
        ({"about": alice.username.upper()}, ["first"]),
        ({"about": str(bob.pk)}, ["second"]),
        ({"by": alice.username}, ["second"]),
        ({"by": OPERATOR.id, "action": "person.sessions_ended"}, ["first"]),
        ({"action": "person.suspended"}, []),
        ({"about": "nobody of that name"}, []),
        ({"until": "2020-01-01"}, []),
        ({"since": "2020-01-01", "about": str(alice.pk)}, ["first"]),
    ):
        assert [row.cells[5] for row in admin.get(LOG, query).context["table"].rows] == reasons, query


@pytest.mark.sql
def test_days_are_those_of_the_clock_that_times_are_shown_by(admin, alice):
    with time_machine.travel(datetime(2126, 11, 24, 20, tzinfo=UTC), tick=False):
        act(alice)
    admin.cookies["zone"] = "Asia/Kolkata"
    about = {"about": str(alice.pk)}
    (row,) = admin.get(LOG, about).context["table"].rows
    assert ">2126-11-25 01:30<" in row.cells[1]
    for query, found in (
        ({"since": "2126-11-25"}, 1),
        ({"since": "2126-11-26"}, 0),
        ({"until": "2126-11-25"}, 1),
        ({"until": "2126-11-24"}, 0),
    ):
        assert len(numbers(admin.get(LOG, {**about, **query}))) == found, query
        page = f"{LOG}export/?{urlencode({**about, **query})}"
        lines = admin.post(page, {"form": "ndjson", "reason": "x"}).getvalue().splitlines()
        assert len(lines) == found, query


@pytest.mark.sql
@pytest.mark.parametrize(
    "query",
    [
        {"since": "soon"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"before": "x"},
        {"action": "nope"},
        {"by": "a\0b"},
    ],
    ids=str,
)
def test_a_filter_that_cannot_be_is_refused_and_does_not_stand_for_everything(admin, query):
    before = entries()
    assert admin.get(LOG, query).status_code == 400
    response = admin.post(f"{LOG}export/?{'&'.join(f'{name}={value}' for name, value in query.items())}",
                          {"form": "csv", "reason": "x"})  # fmt: skip
    assert response["Content-Type"].startswith("text/html")
    assert entries() == before


@pytest.mark.sql
def test_an_entrys_page_has_all_of_it_and_no_way_to_change_it(admin, alice):
    act(alice, reason="<b>why</b>")
    page = f"{LOG}{last()}/change/"
    response = admin.get(page)
    assert "&lt;b&gt;why&lt;/b&gt;" in response.text
    assert dict(response.context["facts"])["Hash"] == AuditEntry.objects.get(number=last()).hash
    before = entries()
    for path in (page, f"{LOG}add/", f"{LOG}{last()}/delete/"):
        admin.post(path, {"reason": "another", "post": "yes"})
    assert entries() == before
    assert AuditEntry.objects.get(number=last()).reason == "<b>why</b>"


def test_a_link_leads_from_a_person_to_all_entries_about_them(admin, alice):
    act(alice, 2)
    page = admin.get(f"/admin/accounts/user/{alice.pk}/change/")
    (table,) = [one for one in page.context["tables"] if one.title == "Audit log"]
    assert len(numbers(admin.get(table.more))) == 2


@pytest.mark.sql
def test_an_export_has_what_the_filters_find_in_order_and_is_recorded(admin, owner, alice, bob):
    act(alice, 60)
    act(bob)
    before = entries()
    response = admin.post(f"{LOG}export/?about={alice.pk}", {"form": "ndjson", "reason": "The court asks."})
    assert response["Content-Type"] == "application/x-ndjson"
    assert response["Content-Disposition"] == 'attachment; filename="audit.ndjson"'
    lines = [json.loads(line) for line in response.getvalue().decode().splitlines()]
    assert [line["target_name"] for line in lines] == [alice.username] * 60
    assert [line["number"] for line in lines] == sorted(line["number"] for line in lines)
    assert entries() == before + 1
    assert (told()["action"], told()["actor"], told()["reason"]) == (
        "audit.exported",
        owner.username,
        "The court asks.",
    )


@pytest.mark.sql
def test_an_export_of_more_than_a_page_hands_out_is_refused_and_not_recorded(admin, alice, monkeypatch):
    monkeypatch.setattr(audit, "MAX_EXPORTED_ENTRIES", 3)
    act(alice, 3)
    page = f"{LOG}export/?about={alice.pk}"
    assert len(admin.post(page, {"form": "ndjson", "reason": "x"}).getvalue().splitlines()) == 3
    act(alice)
    before = entries()
    response = admin.post(page, {"form": "ndjson", "reason": "x"})
    assert response["Content-Type"].startswith("text/html")
    assert response.context["form"].non_field_errors() == [
        "These are more than 3 entries, which is as many as a page hands out. Narrow them down by the list's"
        " filters, or have manage.py audit_export write the file: it takes any number."
    ]
    assert entries() == before


def test_an_export_for_spreadsheets_runs_no_formula(admin, alice):
    act(alice, reason="=HYPERLINK(1)")
    text = admin.post(f"{LOG}export/?about={alice.pk}", {"form": "csv", "reason": "x"}).getvalue().decode()
    assert ",'=HYPERLINK(1)," in text
    assert text.splitlines()[0].startswith("number,at,actor_kind,")


def test_the_link_to_the_export_keeps_the_filters_and_is_only_for_whoever_may(admin, alice):
    (link,) = admin.get(LOG, {"about": alice.username}).context["links"]
    assert link.url == f"{LOG}export/?about={alice.username}"
    assert admin.get(link.url).context["back"] == f"{LOG}?about={alice.username}"
    assert sign_in(new_operator("operator")).get(LOG).context["links"] == []


# Jobs


def job(state=State.WAITING, kind="jobs.forget", **values):
    return Job.objects.create(kind=kind, state=state, created_by_kind="person", created_by_name="olga", **values)


@pytest.mark.sql
def test_jobs_are_listed_the_last_first_and_by_state_and_kind(admin):
    first, second, third = job(State.FAILED), job(State.DONE, done=5, total=7, failures=2), job(kind="gone.since")
    assert numbers(admin.get(JOBS)) == [third.pk, second.pk, first.pk]
    assert numbers(admin.get(JOBS, {"state": "failed"})) == [first.pk]
    assert numbers(admin.get(JOBS, {"kind": "jobs.forget"})) == [second.pk, first.pk]
    shown = admin.get(JOBS).context["table"].rows
    assert [row.cells[1] for row in shown] == ["gone.since", "Forget old jobs", "Forget old jobs"]
    assert shown[1].cells[3:5] == ("5 of 7", 2)
    assert admin.get(JOBS, {"state": "nope"}).status_code == 400


@pytest.mark.sql
def test_a_jobs_page_has_its_failures(admin):
    one = job(State.DONE, failures=1, arguments={"person_id": "<7>"})
    JobFailure.objects.create(job=one, item="message 7", error="unexpected")
    response = admin.get(f"{JOBS}{one.pk}/change/")
    (table,) = response.context["tables"]
    assert [row.cells[:2] for row in table.rows] == [("message 7", "unexpected")]
    assert "&lt;7&gt;" in response.text


@pytest.mark.parametrize(
    ("state", "failures", "actions"),
    [
        (State.WAITING, 0, ["Cancel the job"]),
        (State.RUNNING, 3, ["Cancel the job"]),
        (State.FAILED, 0, ["Cancel the job", "Try the job again"]),
        (State.FAILED, 2, ["Cancel the job", "Try the job again"]),
        (State.CANCELLED, 0, ["Try the job again"]),
        (State.DONE, 2, ["Try the job again"]),
        (State.DONE, 0, []),
    ],
)
def test_a_job_can_be_cancelled_or_tried_again_as_it_is(admin, state, failures, actions):
    response = admin.get(f"{JOBS}{job(state, failures=failures).pk}/change/")
    assert [link.text for link in response.context["actions"]] == actions


def test_cancelling_and_trying_again(admin, owner):
    one = job()
    assert admin.post(f"{JOBS}{one.pk}/cancel/", {"reason": "Not now."}).status_code == 302
    one.refresh_from_db()
    assert (one.state, told()["action"], told()["actor"]) == ("cancelled", "job.cancelled", owner.username)
    assert admin.post(f"{JOBS}{one.pk}/retry/", {"reason": "Now."}).status_code == 302
    one.refresh_from_db()
    assert (one.state, told()["reason"]) == ("waiting", "Now.")


def test_what_cannot_be_done_to_a_job_is_told_on_the_form(admin):
    one = job(State.DONE)
    before = entries()
    for name, text in (("cancel", "This job has ended already."), ("retry", "Only a job that failed, was cancelled")):
        response = admin.post(f"{JOBS}{one.pk}/{name}/", {"reason": "x"})
        assert response.status_code == 200
        assert text in response.text
    assert entries() == before


# Who may stop a redaction, or have it done after all, and what of that the same roles may of other jobs.
@pytest.mark.parametrize(
    ("role", "of_redactions", "of_others"),
    [
        ("moderator", {"cancel"}, set()),
        ("auditor", set(), set()),
        ("operator", {"cancel"}, {"cancel", "retry"}),
        ("owner", {"cancel", "retry"}, {"cancel", "retry"}),
    ],
)
def test_who_may_redact_stops_a_redaction_and_nobody_else_resumes_one(db, role, of_redactions, of_others):
    browser = sign_in(new_operator(role))
    titles = {"cancel": "Cancel the job", "retry": "Try the job again"}
    for kind, allowed in (("messages.redact", of_redactions), ("jobs.forget", of_others)):
        for name, state, after in (("cancel", State.RUNNING, "cancelled"), ("retry", State.CANCELLED, "waiting")):
            one = job(state, kind=kind)
            shown = [link.text for link in browser.get(f"{JOBS}{one.pk}/change/").context["actions"]]
            assert shown == ([titles[name]] if name in allowed else []), (kind, name)
            status = browser.post(f"{JOBS}{one.pk}/{name}/", {"reason": "Wrong."}).status_code
            one.refresh_from_db()
            assert (status, one.state) == ((302, after) if name in allowed else (403, state)), (kind, name)


def test_trying_a_job_again_asks_for_the_password(admin):
    make_older(admin, **{CONFIRMED: 600})
    one = job(State.CANCELLED)
    assert "Your password" in admin.post(f"{JOBS}{one.pk}/retry/", {"reason": "Now."}).text
    one.refresh_from_db()
    assert one.state == "cancelled"
    assert admin.post(f"{JOBS}{one.pk}/retry/", {"reason": "Now.", "current_password": PASSWORD}).status_code == 302
    one.refresh_from_db()
    assert one.state == "waiting"


@pytest.mark.sql
def test_an_auditor_sees_jobs_and_touches_none(db):
    one = job()
    browser = sign_in(new_operator("auditor"))
    assert browser.get(f"{JOBS}{one.pk}/change/").context["actions"] == []
    assert "chatsystem.cancel_job" not in ROLES["auditor"]
