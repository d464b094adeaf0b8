"""Taking away what people wrote, in the admin."""

from datetime import UTC, datetime

import pytest

from chatsystem.jobs.models import Job
from chatsystem.limits import REDACTION_PREVIEW
from messaging.services.one_message import get_message
from moderation.services.redaction import Plan
from tests.admin import make_older
from tests.factories import PASSWORD
from tests.moderation.making import conversation, entries, last_number, spam

REDACT = "/admin/moderation/lookup/redact/"
RANGE = "/admin/moderation/lookup/redact-range/"


@pytest.fixture
def sent(alice, bob):
    return spam(alice, bob)


def fields_of(owner, message, **more):
    return {"person": owner.username, "message_id": str(message.id), "reason": "Spam.", **more}


# One message


def test_a_message_is_redacted_at_once_and_the_page_leads_back_to_where_it_stood(browser, alice, bob, sent):
    page = f"{REDACT}?person={bob.pk}&message_id={sent.id}"
    response = browser.get(page)
    assert response.context["form"].initial == {"person": bob.username, "message_id": str(sent.id)}
    began = last_number()
    response = browser.post(page, fields_of(bob, sent))
    assert response["Location"] == f"/admin/moderation/lookup/around/?person={bob.pk}&message_id={sent.id}"
    assert "The message is redacted." in browser.get(response["Location"]).text
    for owner in (alice, bob):
        assert get_message(owner=owner, message_id=sent.id).content == ""
    people = {"sender_id": str(alice.pk), "recipient_id": str(bob.pk)}
    told = [(f"message.{what}", "message", str(sent.id), people, "Spam.") for what in ("redaction_begun", "redacted")]
    assert entries(began) == told
    response = browser.post(REDACT, fields_of(bob, sent), follow=True)
    assert "It had no content any more, so nothing has changed." in response.text
    assert entries(began) == told


def test_the_password_is_asked_for_and_nothing_is_redacted_before(browser, bob, sent):
    began = last_number()
    for page in (REDACT, RANGE):
        make_older(browser, confirmed=601)
        fields = {**fields_of(bob, sent), "counted": "1"}
        assert browser.get(page).context["title"] == "Confirm that it's you"
        assert browser.post(page, fields).context["title"] == "Confirm that it's you"
        assert browser.post(page, {**fields, "current_password": "wrong"}).status_code == 200
    assert get_message(owner=bob, message_id=sent.id).content == "Buy!"
    assert (entries(began), Job.objects.count()) == ([], 0)
    assert browser.post(REDACT, {**fields_of(bob, sent), "current_password": PASSWORD}).status_code == 302
    assert get_message(owner=bob, message_id=sent.id).content == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"person": "nobody of that name"}, "person"),
        ({"message_id": "x"}, "message_id"),
        ({"message_id": "1d8c2f0a-c92f-11f0-9d0c-6b1f6f0e2d11"}, "message_id"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_redacted(browser, bob, sent, fields, field):
    began = last_number()
    response = browser.post(REDACT, fields_of(bob, sent, **fields))
    assert (response.status_code, list(response.context["form"].errors)) == (200, [field])
    assert get_message(owner=bob, message_id=sent.id).content == "Buy!"
    assert entries(began) == []


def test_while_cassandra_is_away_the_form_comes_back(browser, bob, sent, parts, hanging):
    began = last_number()
    with hanging(parts.cassandra):
        for page in (REDACT, RANGE):
            response = browser.post(page, fields_of(bob, sent))
            assert (response.status_code, response["Retry-After"]) == (503, "5")
            assert f'value="{bob.username}"' in response.text
    assert entries(began) == []


# A span of time


def test_first_it_is_counted_and_nothing_is_started(browser, alice, bob):
    conversation(alice, bob, 5)
    began = last_number()
    response = browser.post(RANGE, {"person": alice.username, "since": "", "until": "", "reason": "Spam."})
    assert response.context["plan"] == Plan(messages=3, with_content=3, is_complete=True)
    assert dict(response.context["facts"])["With a content to redact"] == "3"
    assert dict(response.context["sent"]) == {
        "person": alice.username, "since": "", "until": "", "reason": "Spam.", "counted": "1",
    }  # fmt: skip
    assert (entries(began), Job.objects.count()) == ([], 0)


def test_then_a_job_does_it_whose_page_shows_how_far_it_is(browser, moderator, alice, bob):
    sent = conversation(alice, bob, 2)
    plan = browser.post(RANGE, {"person": alice.username, "since": "2026-01-01T00:00", "until": "", "reason": "Spam."})
    began = last_number()
    response = browser.post(RANGE, dict(plan.context["sent"]))
    job = Job.objects.get()
    assert response["Location"] == f"/admin/chatsystem/job/{job.pk}/change/"
    page = browser.get(response["Location"])
    assert page.status_code == 200  # to a moderator, too
    assert f"Job {job.pk} redacts what {alice.username} wrote." in page.text
    assert (job.kind, job.arguments["person_id"], job.arguments["since"]) == (
        "messages.redact", str(alice.pk), "2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    assert job.created_by_name == moderator.username
    assert [action for action, *_ in entries(began)] == ["job.started", "messages.redacted"]
    assert get_message(owner=bob, message_id=sent[0].id).content == "number 0"  # a worker does it


def test_where_there_is_nothing_to_redact_nothing_can_be_started(browser, alice):
    response = browser.post(RANGE, {"person": alice.username, "reason": "Spam."})
    assert "There is nothing to redact." in response.text
    assert 'name="counted"' not in response.text


def test_a_count_that_looked_at_too_much_says_that_there_is_more(browser, alice, monkeypatch):
    def plan(**_):
        return Plan(messages=REDACTION_PREVIEW, with_content=9_000, is_complete=False)

    monkeypatch.setattr("moderation.services.redaction.plan_range", plan)
    response = browser.post(RANGE, {"person": alice.username, "reason": "Spam."})
    assert dict(response.context["facts"])["With a content to redact"] == "at least 9,000"
    assert 'name="counted" value="1"' in response.text


@pytest.mark.sql
@pytest.mark.parametrize("counted", [{}, {"counted": "1"}], ids=["counting", "starting"])
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"since": "2026-01-02T00:00", "until": "2026-01-01T00:00"}, "until"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": ""}, "reason"),
        ({"person": ""}, "person"),
        ({"since": "soon"}, "since"),
    ],
    ids=str,
)
def test_a_span_that_cannot_be_is_told_beside_its_field(browser, alice, fields, field, counted):
    began = last_number()
    response = browser.post(RANGE, {"person": alice.username, "reason": "Spam.", **fields, **counted})
    assert (response.status_code, list(response.context["form"].errors)) == (200, [field])
    assert (entries(began), Job.objects.count()) == ([], 0)


def test_a_job_is_told_of_by_the_clock_of_whoever_starts_it(browser, alice):
    browser.cookies["zone"] = "Asia/Kolkata"
    fields = {"person": alice.username, "since": "2026-01-01T00:00", "reason": "Spam.", "counted": "1"}
    assert browser.post(RANGE, fields).status_code == 302
    job = Job.objects.get()
    assert datetime.fromisoformat(job.arguments["since"]) == datetime(2025, 12, 31, 18, 30, tzinfo=UTC)
