"""Reporting messages and people."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connections

from chatsystem.errors import (
    CannotReportYourself,
    ChangedMeanwhile,
    InvalidPayload,
    InvalidQuery,
    MessageNotFound,
    PersonNotFound,
    StorageUnavailable,
)
from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.services.one_message import get_message
from messaging.services.sending import send_message
from messaging.types import moment_of, stamp_of
from moderation.models import Case, Evidence, Report
from moderation.services import evidence
from moderation.services.cases import decide
from moderation.services.evidence import mark_of, newest_with
from moderation.services.reports import Told, list_reports, report_message, report_person
from tests.factories import new_name
from tests.moderation.making import MODERATOR, conversation, evidence_of, report, report_of, spam


def reject(case):
    return decide(case_id=case.pk, decision="nothing", actor=MODERATOR, reason="no harm in it")


@pytest.mark.sql
def test_a_report_of_a_message_opens_a_case_about_who_wrote_it(alice, bob):
    sent = spam(alice, bob)
    told = report(bob, sent, words="  Again\r\nand again ")
    case = Case.objects.get(message_id=sent.id)
    assert (case.about, case.person_id, case.person, case.state, case.decision) == (
        "message", alice.pk, alice.username, "open", "",
    )  # fmt: skip
    assert told == Told(
        id=told.id,
        message_id=sent.id,
        username=alice.username,
        category="spam",
        words="Again\nand again",
        created_at=told.created_at,
        state="open",
        outcome=None,
        decided_at=None,
    )
    assert abs((told.created_at - datetime.now(UTC)).total_seconds()) < 60


def test_five_messages_on_each_side_are_kept_as_the_reporter_sees_them(alice, bob):
    sent = conversation(alice, bob, 15)
    told = report(bob, sent[8])
    assert evidence_of(told) == [(place, f"number {8 + place}") for place in range(-5, 6)]


def test_context_ends_where_the_conversation_does_and_is_of_this_one_alone(alice, bob, new_person):
    spam(new_person(), bob)
    sent = conversation(alice, bob, 3)
    spam(new_person(), bob)
    assert evidence_of(report(bob, sent[0])) == [(0, "number 0"), (1, "number 1"), (2, "number 2")]


@pytest.mark.sql
def test_evidence_has_all_that_a_message_says(alice, bob):
    first = spam(alice, bob, "first")
    sent = send_message(sender=alice, recipient=bob.username, content="Buy!", reply_to=first.id)
    edited = edit_message(author=alice, message_id=sent.id, content="Buy now!")
    told = report(bob, sent)
    kept = Evidence.objects.filter(report=told.id, place=0).values().get()
    del kept["id"]
    assert kept == {
        "report_id": told.id,
        "place": 0,
        "message_id": sent.id,
        "sender_id": alice.pk,
        "sender": alice.username,
        "recipient_id": bob.pk,
        "recipient": bob.username,
        "content": "Buy now!",
        "reply_to": first.id,
        "sent_at": moment_of(stamp_of(sent.id)),
        "edited_at": edited.edited_at,
        "redacted_at": None,
    }


def test_what_the_reporter_removed_is_no_context_of_theirs(alice, bob):
    sent = conversation(alice, bob, 5)
    remove_message(owner=bob, message_id=sent[1].id)
    delete_for_everyone(author=alice, message_id=sent[2].id)
    assert evidence_of(report(bob, sent[4])) == [(-3, "number 0"), (-2, ""), (-1, "number 3"), (0, "number 4")]


def test_evidence_stays_whatever_becomes_of_the_message(alice, bob):
    sent = conversation(alice, bob, 3)
    told = report(bob, sent[2])
    kept = evidence_of(told)
    edit_message(author=alice, message_id=sent[2].id, content="something else")
    delete_for_everyone(author=alice, message_id=sent[2].id)
    for one in sent:
        remove_message(owner=alice, message_id=one.id)
        remove_message(owner=bob, message_id=one.id)
    alice.delete()
    assert evidence_of(told) == kept == [(-2, "number 0"), (-1, "number 1"), (0, "number 2")]
    assert Case.objects.get(message_id=sent[2].id).person == alice.username


def test_a_strangers_an_unknown_and_a_removed_message_are_alike(alice, bob, new_person):
    sent = spam(alice, bob)
    remove_message(owner=bob, message_id=sent.id)
    for reporter, message_id in (
        (new_person(), sent.id),
        (bob, sent.id),
        (bob, uuid.uuid1()),
        (bob, uuid.uuid4()),
        (bob, uuid.UUID(int=0)),
    ):
        with pytest.raises(MessageNotFound):
            report_message(reporter=reporter, message_id=message_id, category="spam")
    assert not Case.objects.exists()


@pytest.mark.sql
def test_a_report_that_is_repeated_is_answered_with_the_first_one(alice, bob):
    sent = spam(alice, bob)
    first = report(bob, sent, "spam", "first")
    edit_message(author=alice, message_id=sent.id, content="Bye!")
    assert report(bob, sent, "other", "second") == first
    remove_message(owner=bob, message_id=sent.id)
    assert report(bob, sent) == first
    assert evidence_of(first) == [(0, "Buy!")]
    assert (Case.objects.count(), Report.objects.count()) == (1, 1)
    reject(Case.objects.get())
    assert report(bob, sent).state == "rejected"


@pytest.mark.sql
@pytest.mark.parametrize(
    ("category", "words", "fault"),
    [
        ("spa", "", ("category", "invalid_choice", None)),
        ("", "", ("category", "invalid_choice", None)),
        ("spam", "x" * 1_001, ("words", "too_long", 1_000)),
        ("spam", "a\0b", ("words", "control_character", None)),
        ("spam", "a\ud800b", ("words", "control_character", None)),
        ("spam", "a\x85b", ("words", "control_character", None)),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(alice, bob, cql_requests, category, words, fault):
    sent = spam(alice, bob)
    cql_requests.clear()
    for refused in (
        lambda: report(bob, sent, category, words),
        lambda: report_of(bob, alice, category, words),
    ):
        with pytest.raises(InvalidPayload) as refusal:
            refused()
        assert [(error.field, error.code, error.limit) for error in refusal.value.errors] == [fault]
    assert cql_requests == []
    assert not Case.objects.exists()


@pytest.mark.sql
def test_words_as_long_as_can_be_are_kept(alice, bob):
    assert report(bob, spam(alice, bob), words="ß" * 1_000).words == "ß" * 1_000


def test_nobody_reports_themselves(alice, bob):
    for sent in (spam(alice, bob), spam(alice, alice)):
        with pytest.raises(CannotReportYourself):
            report(alice, sent)
    with pytest.raises(CannotReportYourself):
        report_of(alice, alice)
    assert not Case.objects.exists()


@pytest.mark.sql
def test_reports_of_a_person_join_their_open_case(alice, bob, new_person):
    spammer = new_person()
    told = [report_of(one, spammer) for one in (alice, bob)]
    (case,) = Case.objects.all()
    assert (case.about, case.person_id, case.person, case.message_id) == ("person", spammer.pk, spammer.username, None)
    assert set(case.reports.values_list("reporter_id", flat=True)) == {alice.pk, bob.pk}
    assert report_of(alice, spammer, "other", "again") == told[0]
    reject(case)
    later = report_of(alice, spammer)
    assert later.id != told[0].id
    assert Case.objects.count() == 2
    assert later.state == "open"


def test_with_a_person_the_newest_ten_messages_are_kept(alice, bob):
    conversation(alice, bob, 12)
    assert evidence_of(report_of(bob, alice)) == [(place, f"number {12 + place}") for place in range(-10, 0)]


def test_somebody_of_whom_one_has_no_message_can_be_reported(alice, bob):
    assert evidence_of(report_of(alice, bob)) == []
    assert Case.objects.get().person_id == bob.pk


@pytest.mark.sql
def test_a_name_is_matched_whatever_its_case_and_one_that_nobody_has_is_refused(alice, bob):
    assert report_person(reporter=alice, username=bob.username.upper(), category="spam").username == bob.username
    with pytest.raises(PersonNotFound):
        report_person(reporter=alice, username=new_name(), category="spam")
    assert Case.objects.count() == 1


@pytest.mark.sql
def test_a_message_and_its_author_are_two_cases(alice, bob):
    report(bob, spam(alice, bob))
    report_of(bob, alice)
    assert sorted(Case.objects.values_list("about", flat=True)) == ["message", "person"]


def test_what_changed_since_it_was_seen_is_not_reported(alice, bob):
    for change in (edited, deleted):
        sent = spam(alice, bob)
        seen = mark_of([get_message(owner=bob, message_id=sent.id)])
        change(sent, alice)
        with pytest.raises(ChangedMeanwhile) as refusal:
            report(bob, sent, seen=seen)
        assert [(error.field, error.code) for error in refusal.value.errors] == [("seen", "changed_meanwhile")]
    assert not Case.objects.exists()


def edited(message, author):
    return edit_message(author=author, message_id=message.id, content="Bye!")


def deleted(message, author):
    return delete_for_everyone(author=author, message_id=message.id)


def test_what_is_as_it_was_seen_is_reported(alice, bob):
    sent = conversation(bob, alice, 4)
    seen = mark_of([get_message(owner=bob, message_id=sent[1].id)])
    edited(sent[2], bob)  # beside it
    assert evidence_of(report(bob, sent[1], seen=seen))[1] == (0, "number 1")


def test_of_a_person_the_messages_are_kept_that_were_seen_whatever_came_since(alice, bob):
    conversation(alice, bob, 12)
    seen = mark_of(newest_with(reporter=bob, person_id=alice.pk))
    for _ in range(11):
        spam(alice, bob, "flood")
    assert evidence_of(report_of(bob, alice, seen=seen)) == [(place, f"number {12 + place}") for place in range(-10, 0)]


@pytest.mark.parametrize("which", [2, 4, 11])  # the oldest and the newest of the ten among them
def test_a_person_is_not_reported_where_a_message_changed_since_it_was_seen(alice, bob, which):
    sent = conversation(alice, bob, 12)
    for change in (edited, deleted):
        seen = mark_of(newest_with(reporter=bob, person_id=alice.pk))
        change(sent[which], (alice, bob)[which % 2])
        with pytest.raises(ChangedMeanwhile):
            report_of(bob, alice, seen=seen)
    assert not Case.objects.exists()


def test_a_mark_is_of_the_newest_messages_and_of_nothing_else(alice, bob):
    assert mark_of(newest_with(reporter=bob, person_id=alice.pk)) == ""
    sent = conversation(alice, bob, 11)
    seen = mark_of(newest_with(reporter=bob, person_id=alice.pk))
    edited(sent[0], alice)  # older than the ten
    for other in ("x", "x.y", f"{seen}0", seen.partition(".")[0], mark_of([sent[10]])):
        with pytest.raises(ChangedMeanwhile):
            report_of(bob, alice, seen=other)
    assert len(evidence_of(report_of(bob, alice, seen=seen))) == 10


def test_while_cassandra_is_away_nothing_is_stored(alice, bob, parts, hanging):
    sent = spam(alice, bob)
    with hanging(parts.cassandra):
        for ask in (lambda: report(bob, sent), lambda: report_of(bob, alice)):
            with pytest.raises(StorageUnavailable):
                ask()
    assert not Case.objects.exists()


@pytest.mark.sql
def test_where_evidence_cannot_be_stored_there_is_no_report(alice, bob, monkeypatch):
    sent = spam(alice, bob)

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(evidence, "keep", fail)
    for ask in (lambda: report(bob, sent), lambda: report_of(bob, alice)):
        with pytest.raises(RuntimeError):
            ask()
        assert (Case.objects.count(), Report.objects.count()) == (0, 0)


@pytest.mark.sql
def test_ones_own_reports_are_listed_newest_first_and_page_by_page(alice, bob, new_person):
    told = [report(bob, spam(alice, bob)) for _ in range(5)]
    report(alice, spam(bob, alice))
    page = list_reports(reporter=bob, limit=2)
    assert page.reports == [told[4], told[3]]
    page = list_reports(reporter=bob, before=page.older, limit=2)
    assert page.reports == [told[2], told[1]]
    page = list_reports(reporter=bob, before=page.older, limit=2)
    assert (page.reports, page.older) == ([told[0]], None)
    assert list_reports(reporter=new_person()).reports == []
    with pytest.raises(InvalidQuery):
        list_reports(reporter=alice, before=told[0].id)
    for limit in (0, 101):
        with pytest.raises(InvalidQuery):
            list_reports(reporter=bob, limit=limit)


def test_a_list_of_reports_costs_one_query(alice, bob, django_assert_num_queries):
    for _ in range(3):
        report(bob, spam(alice, bob))
    with django_assert_num_queries(1):
        list_reports(reporter=bob)


@pytest.mark.sql
def test_the_reporter_is_told_what_was_decided_and_not_by_whom(alice, bob):
    report(bob, spam(alice, bob))
    case = reject(Case.objects.get())
    (told,) = list_reports(reporter=bob).reports
    assert (told.state, told.outcome, told.decided_at) == ("rejected", "nothing", case.decided_at)
    assert "mona" not in str(told)


@pytest.mark.sql
@pytest.mark.django_db(transaction=True)
def test_many_reports_at_once_make_one_case(new_person):
    spammer, reporters = new_person(), [new_person() for _ in range(6)]
    together = threading.Barrier(12)

    def one(reporter):
        together.wait()
        try:
            return report_of(reporter, spammer).id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        ids = list(pool.map(one, reporters * 2))
    assert Case.objects.count() == 1
    assert len(set(ids)) == Report.objects.count() == 6
