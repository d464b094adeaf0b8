"""Looking at what people wrote, in the admin."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.services.one_message import get_message
from messaging.types import moment_of, stamp_of
from moderation.admin.lookup import WAYS
from moderation.models import Case
from moderation.services.reports import report_message
from tests.admin import new_operator
from tests.moderation.making import conversation, entries, last_number, spam

LOOK = "/admin/moderation/lookup/"
WHY = {"reason": "Case <7>"}


def contents(response):
    assert response.status_code == 200
    return [one.content for one in response.context["shown"]]


def asked(alice, bob, sent):
    """What each way's form takes, filled in."""
    return {
        "person": {"person": alice.username},
        "pair": {"person": alice.username, "peer": bob.username},
        "message": {"person": alice.username, "message_id": str(sent.id)},
        "around": {"person": alice.username, "message_id": str(sent.id), "each_side": "1"},
    }


def test_each_way_shows_what_is_asked_for_and_is_written_down_once(browser, moderator, alice, bob, new_person, caplog):
    sent = conversation(alice, bob, 4)
    spam(alice, new_person(), "number 4")
    around = {"of": alice.username, "each_side": 1}
    expected = {
        "person": ([4, 3, 2, 1, 0], ("person", str(alice.pk), None)),
        "pair": ([3, 2, 1, 0], ("person", str(alice.pk), {"peer_id": str(bob.pk), "peer": bob.username})),
        "message": ([1], ("message", str(sent[1].id), {"of": alice.username})),
        "around": ([2, 1, 0], ("message", str(sent[1].id), around)),
    }
    for way, fields in asked(alice, bob, sent[1]).items():
        began = last_number()
        response = browser.post(f"{LOOK}{way}/", {**fields, **WHY})
        numbers, what = expected[way]
        assert contents(response) == [f"number {number}" for number in numbers]
        assert entries(began) == [("messages.looked_up", *what, "Case <7>")]
        assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert set(expected) == set(WAYS)
    assert "number" not in caplog.text


def test_the_first_way_stands_at_the_tables_address_with_the_others_beside_it(browser):
    response = browser.get(LOOK)
    assert response.context["title"] == "Look up a person's messages"
    assert [(tab.url, is_here) for tab, is_here in response.context["tabs"]] == [
        (f"{LOOK}{way}/", way == "person") for way in ("person", "pair", "message", "around")
    ]
    assert f'action="{LOOK}person/"' in response.text


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "a\0b"])
def test_without_a_reason_nothing_is_shown_asked_or_written_down(browser, alice, bob, cql_requests, reason):
    sent = spam(alice, bob)
    began = last_number()
    cql_requests.clear()
    for way, fields in asked(alice, bob, sent).items():
        response = browser.post(f"{LOOK}{way}/", {**fields, "reason": reason})
        assert (response.status_code, list(response.context["form"].errors)) == (200, ["reason"])
        assert "shown" not in response.context
        assert "Buy!" not in response.text
    assert (entries(began), cql_requests) == ([], [])


def test_a_get_shows_nothing_whatever_its_address_says(browser, alice, bob, cql_requests):
    sent = spam(alice, bob)
    began = last_number()
    cql_requests.clear()
    for way, fields in asked(alice, bob, sent).items():
        response = browser.get(f"{LOOK}{way}/", {**fields, "reason": "x"})
        assert "Buy!" not in response.text
        assert response.context["form"].initial == fields  # without the reason
    assert (entries(began), cql_requests) == ([], [])


@pytest.mark.parametrize(
    ("way", "fields", "field"),
    [
        ("person", {"person": ""}, "person"),
        ("person", {"person": "nobody of that name"}, "person"),
        ("person", {"person": "6f1c3a52-9b0e-4d57-8c41-2e7a90d5b318"}, "person"),
        ("person", {"person": "a\0b"}, "person"),
        ("person", {"since": "soon"}, "since"),
        ("person", {"since": "2026-01-02T00:00", "until": "2026-01-01T00:00"}, "until"),
        ("pair", {"peer": "nobody of that name"}, "peer"),
        ("message", {"message_id": "x"}, "message_id"),
        ("message", {"message_id": ""}, "message_id"),
        ("around", {"each_side": "0"}, "each_side"),
        ("around", {"each_side": "101"}, "each_side"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told_beside_its_field_and_not_written_down(browser, alice, bob, way, fields, field):
    sent = spam(alice, bob)
    began = last_number()
    response = browser.post(f"{LOOK}{way}/", {**asked(alice, bob, sent)[way], **WHY, **fields})
    assert (response.status_code, list(response.context["form"].errors)) == (200, [field])
    assert "<title>Error: " in response.text
    assert "Case &lt;7&gt;" in response.text
    assert entries(began) == []


def test_a_message_that_somebody_never_had_is_told_beside_its_id_and_the_look_is_written_down(
    browser, alice, new_person
):
    sent = spam(alice, alice)
    began = last_number()
    for way in ("message", "around"):
        for person, message_id in ((new_person(), sent.id), (alice, uuid.uuid1()), (alice, uuid.uuid4())):
            fields = {"person": person.username, "message_id": str(message_id), "each_side": "5", **WHY}
            response = browser.post(f"{LOOK}{way}/", fields)
            assert response.context["form"].errors == {"message_id": ["This person has no such message."]}
    assert len(entries(began)) == 6


def test_pages_follow_each_other_and_each_is_a_look_of_its_own(browser, alice, bob):
    conversation(alice, bob, 60)
    began = last_number()
    fields = {"person": alice.username, **WHY}
    first = browser.post(f"{LOOK}person/", fields)
    place = first.context["older"]
    assert first.context["sent"] == [("person", alice.username), ("since", ""), ("until", ""), ("reason", "Case <7>")]
    second = browser.post(f"{LOOK}person/", {**fields, "before": place})
    assert contents(first) + contents(second) == [f"number {turn}" for turn in range(59, -1, -1)]
    assert (len(contents(first)), second.context["older"]) == (50, "")
    last_shown = str(first.context["shown"][-1].id)
    assert [after for *_, after, _ in entries(began)] == [None, {"before": last_shown}]
    response = browser.post(f"{LOOK}person/", {**fields, "before": "nonsense"})
    assert "This is no place in a history" in response.text
    assert "number" not in response.text
    assert len(entries(began)) == 2


def test_a_span_is_by_the_clock_of_whoever_looks(browser, alice, bob):
    sent = moment_of(stamp_of(spam(alice, bob).id))
    browser.cookies["zone"] = "Asia/Kolkata"
    here = sent + timedelta(hours=5, minutes=30)
    for since, until, expected in ((-2, 2, ["Buy!"]), (2, 4, []), (-4, -2, [])):
        span = {
            "since": f"{here + timedelta(minutes=since):%Y-%m-%dT%H:%M}",
            "until": f"{here + timedelta(minutes=until):%Y-%m-%dT%H:%M}",
        }
        began = last_number()
        assert contents(browser.post(f"{LOOK}person/", {"person": alice.username, **WHY, **span})) == expected
    ((_, _, _, after, _),) = entries(began)
    told = datetime.fromisoformat(after["until"])
    assert told == (sent - timedelta(minutes=2)).replace(second=0, microsecond=0).astimezone(UTC)


def test_what_became_of_a_message_is_told(browser, alice, bob):
    def marks(message):
        fields = {"person": bob.username, "message_id": str(message.id), **WHY}
        (shown,) = browser.post(f"{LOOK}message/", fields).context["shown"]
        return [re.sub(r" \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", "", mark) for mark in shown.marks], shown.content

    edited, redacted, removed, gone = (spam(alice, bob, f"text {number}") for number in range(4))
    edit_message(author=alice, message_id=edited.id, content="other")
    delete_for_everyone(author=alice, message_id=redacted.id)
    remove_message(owner=bob, message_id=removed.id)
    for owner in (alice, bob):
        remove_message(owner=owner, message_id=gone.id)
    assert marks(edited) == (["edited"], "other")
    assert marks(redacted) == (["redacted"], "")
    assert marks(removed) == ([f"copy removed by {bob.username}"], "text 2")
    words, content = marks(gone)
    assert (words, content) == (
        [f"copy removed by {alice.pk}", f"copy removed by {bob.pk}", "nothing is left of it"], "",
    )  # fmt: skip


def test_what_people_wrote_and_why_one_looks_are_text(browser, alice, bob):
    spam(alice, bob, '<script>alert(1)</script> https://example.org/\n"x"')
    text = browser.post(f"{LOOK}person/", {"person": alice.username, **WHY}).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; https://example.org/\n&quot;x&quot;" in text  # and nothing to click
    assert "<script" not in text
    assert 'name="reason" value="Case &lt;7&gt;"' in text


def test_a_message_leads_to_what_stands_around_it_and_to_its_redaction(browser, alice, bob):
    sent = conversation(alice, bob, 3)
    response = browser.post(f"{LOOK}message/", {"person": alice.username, "message_id": str(sent[1].id), **WHY})
    (form,) = re.findall(rf'<form method="post" action="{LOOK}around/">(.*?)</form>', response.text, re.DOTALL)
    fields = dict(re.findall(r'name="(person|message_id|each_side)" value="([^"]+)"', form))
    assert fields == {"person": str(alice.pk), "message_id": str(sent[1].id), "each_side": "5"}
    assert contents(browser.post(f"{LOOK}around/", {**fields, **WHY})) == ["number 2", "number 1", "number 0"]
    (redact,) = re.findall(rf'href="({LOOK}redact/[^"]+)"', response.text)
    assert redact == f"{LOOK}redact/?person={alice.pk}&amp;message_id={sent[1].id}"
    delete_for_everyone(author=bob, message_id=sent[1].id)
    response = browser.post(f"{LOOK}message/", {"person": bob.username, "message_id": str(sent[1].id), **WHY})
    assert f"{LOOK}redact/" not in response.text


def test_a_case_leads_to_forms_that_are_filled_in_and_back(browser, alice, bob):
    sent = spam(alice, bob)
    report_message(reporter=bob, message_id=sent.id, category="spam")
    case = f"/admin/moderation/case/{Case.objects.get().pk}/change/"
    links = {link.text: link.url for link in browser.get(case).context["actions"]}
    response = browser.get(links["Look around the message"])
    form = response.context["form"]
    assert (form.initial["person"], form.initial["message_id"]) == (alice.username, str(sent.id))
    assert response.context["back"] == case
    for name in ("Look up their messages", "Redact what they wrote"):
        response = browser.get(links[name])
        assert (response.context["form"].initial["person"], response.context["back"]) == (alice.username, case)


def test_one_message_of_an_operator_who_may_do_more_is_looked_at_and_redacted_and_nothing_else(browser, bob):
    owner = new_operator("owner")
    sent = spam(owner, bob)
    report_message(reporter=bob, message_id=sent.id, category="spam")
    case = browser.get(f"/admin/moderation/case/{Case.objects.get().pk}/change/")
    assert [link.text for link in case.context["actions"]][-2:] == ["Write a note", "Look around the message"]
    for way in ("message", "around"):
        assert contents(browser.post(f"{LOOK}{way}/", {**asked(owner, bob, sent)[way], **WHY})) == ["Buy!"]
    assert browser.post(f"{LOOK}redact/", {**asked(owner, bob, sent)["message"], **WHY}).status_code == 302
    assert get_message(owner=bob, message_id=sent.id).content == ""


def test_a_look_costs_a_bounded_number_of_requests(browser, alice, bob, cql_requests, django_assert_max_num_queries):
    conversation(alice, bob, 60)
    fields = {**asked(alice, bob, spam(alice, bob))["person"], **WHY}
    browser.post(f"{LOOK}person/", fields)
    cql_requests.clear()
    with django_assert_max_num_queries(14):
        assert len(contents(browser.post(f"{LOOK}person/", fields))) == 50
    assert cql_requests == ["newest", "inspect_copies"]


def test_while_cassandra_is_away_the_form_comes_back_as_it_was(browser, alice, bob, parts, hanging):
    fields = {**asked(alice, bob, spam(alice, bob))["pair"], **WHY}
    began = last_number()
    with hanging(parts.cassandra):
        response = browser.post(f"{LOOK}pair/", fields)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert f'value="{bob.username}"' in response.text
    assert "Case &lt;7&gt;" in response.text
    assert len(entries(began)) == 1  # somebody wanted to look
