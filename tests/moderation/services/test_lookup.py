"""Looking at what other people wrote: what is found, in how many requests, and what is written down."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from chatsystem.errors import CaseNotFound, InvalidPayload, InvalidQuery, MessageNotFound, StorageUnavailable
from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.services.inspection import Span
from messaging.services.one_message import get_message
from messaging.store import writing
from messaging.types import GREGORIAN_OFFSET
from moderation.models import Case
from moderation.services.lookup import (
    look_up_around,
    look_up_case,
    look_up_message,
    look_up_pair,
    look_up_person,
)
from tests.messaging.making import DAY, SECOND, id_at, message, now
from tests.moderation.making import MODERATOR, conversation, entries, last_number, report, report_of, spam

WHY = {"actor": MODERATOR, "reason": "report 7"}


def contents(found):
    return [one.message.content for one in found]


def moment(sent):
    """When a message was sent, rounded down to the microsecond."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=(sent.id.time - GREGORIAN_OFFSET) // 10)


@pytest.fixture
def sent(alice, bob):
    return spam(alice, bob)


# One message


def test_a_message_is_found_by_its_id_and_either_of_its_people(alice, bob, sent):
    for person in (alice, bob):
        found = look_up_message(person=person, message_id=sent.id, **WHY)
        assert (found.message, found.removed_by, found.has_content) == (sent, frozenset(), True)


def test_what_one_removed_is_found_in_the_others_copy(alice, bob, sent):
    remove_message(owner=alice, message_id=sent.id)
    for person in (alice, bob):
        found = look_up_message(person=person, message_id=sent.id, **WHY)
        assert (found.message, found.removed_by) == (sent, {alice.pk})
    remove_message(owner=bob, message_id=sent.id)
    found = look_up_message(person=bob, message_id=sent.id, **WHY)
    assert (found.removed_by, found.has_content) == ({alice.pk, bob.pk}, False)
    assert (found.message.id, found.message.sender_id, found.message.recipient_id) == (sent.id, alice.pk, bob.pk)
    assert (found.message.sender, found.message.recipient, found.message.content) == ("", "", "")


def test_what_was_edited_or_redacted_says_so(alice, bob, sent):
    edited = edit_message(author=alice, message_id=sent.id, content="Bye!")
    assert look_up_message(person=bob, message_id=sent.id, **WHY).message == edited
    redacted = delete_for_everyone(author=alice, message_id=sent.id)
    found = look_up_message(person=bob, message_id=sent.id, **WHY)
    assert (found.message, found.has_content) == (redacted, False)


def test_somebody_elses_and_an_unknown_message_are_alike(new_person, bob, sent):
    for person, message_id in (
        (new_person(), sent.id),
        (bob, uuid.uuid1()),
        (bob, uuid.uuid4()),
        (bob, uuid.UUID(int=0)),
    ):
        for look in (look_up_message, look_up_around):
            with pytest.raises(MessageNotFound):
                look(person=person, message_id=message_id, **WHY)


def test_messages_around_one_are_of_its_conversation_and_those_that_one_side_removed_among_them(alice, bob, new_person):
    sent = conversation(alice, bob, 9)
    spam(new_person(), bob)
    for removed in (sent[3], sent[4]):
        remove_message(owner=bob, message_id=removed.id)
    found = look_up_around(person=bob, message_id=sent[4].id, each_side=2, **WHY)
    assert contents(found) == ["number 6", "number 5", "number 4", "number 3", "number 2"]
    assert [one.removed_by for one in found] == [set(), set(), {bob.pk}, {bob.pk}, set()]
    assert contents(look_up_around(person=alice, message_id=sent[0].id, each_side=1, **WHY)) == ["number 1", "number 0"]


# Many


def test_a_persons_messages_come_page_by_page_without_holes_and_doubles(alice, bob, new_person):
    sent = [*conversation(alice, bob, 4), spam(new_person(), alice), *conversation(alice, bob, 4), spam(alice, alice)]
    spam(bob, new_person())
    for removed in (sent[2], sent[6], sent[7]):
        remove_message(owner=alice, message_id=removed.id)
    walked, before = [], None
    for _ in range(5):
        page = look_up_person(person=alice, before=before, limit=2, **WHY)
        walked += page.messages
        before = page.older
    assert before is None
    assert [one.message for one in walked] == sent[::-1]


def test_a_pairs_messages_are_theirs_alone(alice, bob, new_person):
    sent = conversation(alice, bob, 3)
    spam(new_person(), alice)
    remove_message(owner=alice, message_id=sent[1].id)
    for one, other in ((alice, bob), (bob, alice)):
        page = look_up_pair(person=one, peer=other, **WHY)
        assert ([found.message for found in page.messages], page.older) == (sent[::-1], None)
    assert look_up_pair(person=bob, peer=new_person(), **WHY).messages == []


def test_a_span_holds_both_its_moments_and_nothing_else(alice, bob):
    sent = conversation(alice, bob, 5)
    step = timedelta(microseconds=1)
    first, last = moment(sent[1]), moment(sent[3])
    for since, until, expected in (
        (first, last, sent[1:4]),
        (first + step, last - step, sent[2:3]),
        (None, last, sent[:4]),
        (first, None, sent[1:]),
        (moment(sent[4]) + step, None, []),
        (None, moment(sent[0]) - step, []),
    ):
        span = Span(since, until)
        for page in (
            look_up_person(person=alice, span=span, **WHY),
            look_up_pair(person=bob, peer=alice, span=span, **WHY),
        ):
            assert [found.message for found in page.messages] == expected[::-1]
            assert page.older is None
    # From page to page too.
    page = look_up_person(person=alice, span=Span(first, last), limit=2, **WHY)
    assert contents(page.messages) == ["number 3", "number 2"]
    page = look_up_person(person=alice, span=Span(first, last), limit=2, before=page.older, **WHY)
    assert (contents(page.messages), page.older) == (["number 1"], None)


def test_a_span_long_ago_is_found_without_reading_what_came_since(alice, bob, cql_requests):
    old = [message(alice, bob, f"old {day}", ticks=now() - (400 + day) * DAY) for day in (2, 1)]
    for one in [*old, *(message(alice, bob, "new", ticks=now() - day * 30 * DAY) for day in range(12))]:
        writing.append(one)
    cql_requests.clear()
    span = Span(moment(old[0]) - timedelta(hours=1), moment(old[1]) + timedelta(hours=1))
    page = look_up_person(person=alice, span=span, **WHY)
    assert contents(page.messages) == ["old 1", "old 2"]
    assert len(cql_requests) <= 6


def test_a_page_reads_a_bounded_number_of_rows(alice, bob, cql_requests):
    conversation(alice, bob, 30)
    cql_requests.clear()
    look_up_person(person=alice, limit=10, **WHY)
    assert cql_requests == ["newest", "inspect_copies"]


@pytest.mark.parametrize(
    ("span", "fault"),
    [
        (Span(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)), ("until", "before_since")),
        (Span(datetime(2026, 1, 2)), ("since", "no_time_zone")),  # noqa: DTZ001  (on purpose)
        (Span(None, datetime(2026, 1, 2)), ("until", "no_time_zone")),  # noqa: DTZ001  (as above)
    ],
    ids=str,
)
def test_a_span_that_cannot_be_is_refused_and_nothing_is_written_down(alice, bob, span, fault):
    began = last_number()
    for look in (
        lambda: look_up_person(person=alice, span=span, **WHY),
        lambda: look_up_pair(person=alice, peer=bob, span=span, **WHY),
    ):
        with pytest.raises(InvalidPayload) as refusal:
            look()
        assert [(error.field, error.code) for error in refusal.value.errors] == [fault]
    assert entries(began) == []


@pytest.mark.sql
def test_moments_that_no_message_can_have_are_no_fault(alice, sent):
    first, last = (one.replace(tzinfo=UTC) for one in (datetime.min, datetime.max))  # noqa: DTZ901  (of all times)
    for since, until, expected in ((first, last, [sent]), (last, None, []), (None, first, [])):
        page = look_up_person(person=alice, span=Span(since, until), **WHY)
        assert [found.message for found in page.messages] == expected


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_that_is_too_large_is_refused(alice, bob, limit):
    began = last_number()
    for look in (
        lambda: look_up_person(person=alice, limit=limit, **WHY),
        lambda: look_up_pair(person=alice, peer=bob, limit=limit, **WHY),
        lambda: look_up_around(person=alice, message_id=uuid.uuid1(), each_side=limit, **WHY),
    ):
        with pytest.raises(InvalidQuery):
            look()
    assert entries(began) == []


# Cases


@pytest.mark.sql
def test_a_case_shows_what_each_reporter_saw(alice, bob, new_person):
    carol = new_person()
    spam(alice, bob, "to bob")
    spam(alice, carol, "to carol")
    told = [report_of(bob, alice, words="first"), report_of(carol, alice, words="second")]
    case = Case.objects.get()
    file = look_up_case(case_id=case.pk, **WHY)
    assert (file.case, file.later) == (case, None)
    assert [(one.report.pk, one.report.words) for one in file.reports] == [
        (told[0].id, "first"),
        (told[1].id, "second"),
    ]
    assert [[kept.content for kept in one.evidence] for one in file.reports] == [["to bob"], ["to carol"]]
    first = look_up_case(case_id=case.pk, limit=1, **WHY)
    second = look_up_case(case_id=case.pk, after=first.later, limit=1, **WHY)
    assert [one.report.pk for one in (*first.reports, *second.reports)] == [one.id for one in told]
    assert second.later is None


@pytest.mark.sql
def test_a_case_that_is_not_there_and_a_place_in_another_one_are_refused(alice, bob):
    told = report(bob, spam(alice, bob))
    report_of(bob, alice)
    began = last_number()
    with pytest.raises(CaseNotFound):
        look_up_case(case_id=0, **WHY)
    with pytest.raises(InvalidQuery):
        look_up_case(case_id=Case.objects.get(about="person").pk, after=told.id, **WHY)
    assert entries(began) == []


# What is written down


def looks(alice, bob, sent):
    return [
        lambda why: look_up_message(person=alice, message_id=sent.id, **why),
        lambda why: look_up_around(person=alice, message_id=sent.id, **why),
        lambda why: look_up_person(person=alice, **why),
        lambda why: look_up_pair(person=alice, peer=bob, **why),
        lambda why: look_up_case(case_id=Case.objects.get().pk, **why),
    ]


@pytest.mark.sql
def test_every_look_is_written_down_with_its_reason_and_never_with_what_was_seen(alice, bob, sent):
    report(bob, sent)
    case = Case.objects.get()
    began = last_number()
    for look in looks(alice, bob, sent):
        look(WHY)
    around = {"of": alice.username, "each_side": 5}
    assert entries(began) == [
        ("messages.looked_up", "message", str(sent.id), {"of": alice.username}, "report 7"),
        ("messages.looked_up", "message", str(sent.id), around, "report 7"),
        ("messages.looked_up", "person", str(alice.pk), None, "report 7"),
        ("messages.looked_up", "person", str(alice.pk), {"peer_id": str(bob.pk), "peer": bob.username}, "report 7"),
        ("messages.looked_up", "case", str(case.pk), None, "report 7"),
    ]
    span = Span(datetime(2026, 1, 1, tzinfo=UTC))
    page = look_up_person(person=alice, limit=1, **WHY)
    spam(alice, bob)
    page = look_up_person(person=alice, limit=1, **WHY)
    began = last_number()
    look_up_person(person=alice, span=span, before=page.older, **WHY)
    place = {"since": "2026-01-01T00:00:00.000000Z", "before": str(page.messages[0].message.id)}
    assert entries(began) == [("messages.looked_up", "person", str(alice.pk), place, "report 7")]


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "a\0b"])
def test_without_a_reason_nothing_is_shown_and_nothing_written_down(alice, bob, sent, cql_requests, reason):
    report(bob, sent)
    began = last_number()
    cql_requests.clear()
    for look in looks(alice, bob, sent):
        with pytest.raises(InvalidPayload) as refusal:
            look({"actor": MODERATOR, "reason": reason})
        assert refusal.value.errors[0].field == "reason"
    assert cql_requests == []
    assert entries(began) == []


def test_a_look_that_found_nothing_is_written_down_too(alice, sent, parts, hanging):
    began = last_number()
    with pytest.raises(MessageNotFound):
        look_up_message(person=alice, message_id=id_at(now() - SECOND), **WHY)
    with hanging(parts.cassandra), pytest.raises(StorageUnavailable):
        look_up_person(person=alice, **WHY)
    assert len(entries(began)) == 2


@pytest.mark.sql
def test_what_cannot_be_written_down_is_not_shown(alice, bob, sent, cql_requests, monkeypatch):
    report(bob, sent)
    cql_requests.clear()

    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr("moderation.services.lookup.record", fail)
    for look in looks(alice, bob, sent):
        with pytest.raises(RuntimeError), transaction.atomic():
            look(WHY)
    assert cql_requests == []


def test_looking_changes_nothing_that_its_people_would_notice(alice, bob, sent, cql_requests):
    report(bob, sent)
    cql_requests.clear()
    for look in looks(alice, bob, sent):
        look(WHY)
    assert set(cql_requests) <= {"inspect_copies", "newest", "at_or_older", "newer", "buckets_up", "buckets_down"}
    assert get_message(owner=bob, message_id=sent.id) == sent
