"""What is decided about a case, and what happens then."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import User
from accounts.services.login import log_in
from accounts.services.recipients import get_recipient
from chatsystem.audit.types import Actor
from chatsystem.errors import (
    AccountSuspended,
    CaseDecided,
    InvalidPayload,
    PersonNotFound,
    RecipientNotFound,
    StorageUnavailable,
)
from messaging.services.altering import remove_message
from messaging.services.one_message import get_message
from messaging.store.session import get_session
from messaging.types import INBOX, bucket_of
from moderation.models import Case
from moderation.services.cases import (
    assign,
    decide,
)
from moderation.services.reports import list_reports
from tests.factories import PASSWORD
from tests.messaging.reading import first_page
from tests.moderation.making import (
    MODERATOR,
    entries,
    evidence_of,
    found_in_cassandra,
    found_in_redis,
    last_number,
    report_of,
)
from tests.moderation.services.deciding import OPEN, act, stored


def test_doing_nothing_rejects_a_case(bob, case, sent):
    began = last_number()
    act(case, "nothing", reason=" no harm ")
    assert stored(case) == ("rejected", "nothing", None, True)
    assert get_message(owner=bob, message_id=sent.id).content == sent.content
    after = {"state": "rejected", "decision": "nothing"}
    assert entries(began) == [("case.decided", "case", str(case.pk), after, "no harm")]


@pytest.mark.sql
def test_redacting_resolves_a_case_and_leaves_its_evidence(alice, bob, case, sent):
    began = last_number()
    act(case, "redact")
    assert stored(case) == ("resolved", "redact", None, True)
    for owner in (alice, bob):
        assert get_message(owner=owner, message_id=sent.id).content == ""
    assert found_in_cassandra(sent.content) == []
    (told,) = list_reports(reporter=bob).reports
    assert (told.state, told.outcome) == ("resolved", "redact")
    assert evidence_of(told) == [(0, sent.content)]
    people = {"sender_id": str(alice.pk), "recipient_id": str(bob.pk), "case": case.pk}
    assert entries(began) == [
        ("message.redaction_begun", "message", str(sent.id), people, "rule 1"),
        ("message.redacted", "message", str(sent.id), people, "rule 1"),
        ("case.decided", "case", str(case.pk), {"state": "resolved", "decision": "redact"}, "rule 1"),
    ]


@pytest.mark.parametrize("removers", [["alice"], ["bob"], ["alice", "bob"]], ids=str)
def test_a_message_is_redacted_whoever_removed_their_copy(alice, bob, case, sent, removers):
    for name in removers:
        remove_message(owner={"alice": alice, "bob": bob}[name], message_id=sent.id)
    act(case, "redact")
    assert stored(case) == ("resolved", "redact", None, True)
    assert found_in_cassandra(sent.content) == []


def test_a_message_is_redacted_where_nothing_of_its_author_is_left(alice, bob, case, sent):
    """As after an account was erased, with its partitions."""
    for timeline in (INBOX, sent.conversation_id):
        get_session().execute(
            "DELETE FROM timeline WHERE owner_id = %s AND conversation_id = %s AND bucket = %s",
            (alice.pk, timeline, bucket_of(sent.id)),
        )
    act(case, "redact")
    assert get_message(owner=bob, message_id=sent.id).content == ""


@pytest.mark.sql
def test_suspending_resolves_a_case_and_keeps_its_person_out(alice, bob, case):
    began = last_number()
    until = timezone.now() + timedelta(days=1)
    act(case, "suspend", until=until, reason="spam")
    assert stored(case) == ("resolved", "suspend", None, True)
    with pytest.raises(AccountSuspended, match="spam"):
        log_in(username=alice.username, password=PASSWORD)
    with pytest.raises(RecipientNotFound):
        get_recipient(sender=bob, username=alice.username)
    assert User.objects.get(pk=alice.pk).suspended_until == until
    assert [action for action, *_ in entries(began)] == ["person.suspended", "case.decided"]


@pytest.mark.sql
@pytest.mark.parametrize("in_force", [2, None], ids=str)
def test_a_decision_does_not_shorten_a_suspension_that_another_led_to(alice, bob, case, in_force):
    now = timezone.now().replace(second=0, microsecond=0)

    def days(number):
        return number and now + timedelta(days=number)

    report_of(bob, alice)
    act(Case.objects.get(about="person"), "suspend", until=days(in_force), reason="threats")
    before = User.objects.values("suspended_at", "suspended_until", "suspension_reason").get(pk=alice.pk)
    began = last_number()
    for dry_run in (True, False):
        with pytest.raises(InvalidPayload) as refusal:
            act(case, "suspend", until=days(1), reason="spam", dry_run=dry_run)
        ((field, code, message),) = [(one.field, one.code, one.message) for one in refusal.value.errors]
        assert (field, code) == ("until", "shorter_suspension")
        until = f"until {days(2):%Y-%m-%d %H:%M} UTC" if in_force else "until somebody ends it"
        assert message.startswith(f"This person is suspended {until} already.")
    assert (stored(case), entries(began)) == (OPEN, [])
    assert User.objects.values(*before).get(pk=alice.pk) == before
    act(case, "suspend", until=days(in_force), reason="spam")  # no earlier end
    alice.refresh_from_db()
    assert (alice.suspended_until, alice.suspension_reason) == (days(in_force), "spam")


def test_a_suspension_that_is_over_does_not_hold_up_a_decision(alice, case):
    now = timezone.now()
    User.objects.filter(pk=alice.pk).update(suspended_at=now - timedelta(days=9), suspended_until=now)
    until = now + timedelta(hours=1)
    act(case, "suspend", until=until)
    assert User.objects.get(pk=alice.pk).suspended_until == until


@pytest.mark.sql
@pytest.mark.parametrize(
    ("decision", "options", "fault"),
    [
        ("forgive", {}, ("decision", "invalid_choice")),
        ("", {}, ("decision", "invalid_choice")),
        ("nothing", {"reason": " "}, ("reason", "blank")),
        ("redact", {"reason": "x" * 501}, ("reason", "too_long")),
        ("redact", {"until": timezone.now() + timedelta(days=1)}, ("until", "not_suspended")),
        ("suspend", {"until": timezone.now() - timedelta(days=1)}, ("until", "in_the_past")),
    ],
)
def test_a_decision_that_cannot_be_leaves_everything_as_it_was(alice, case, sent, decision, options, fault):
    began = last_number()
    with pytest.raises(InvalidPayload) as refusal:
        act(case, decision, **options)
    assert [(error.field, error.code) for error in refusal.value.errors] == [fault]
    assert stored(case) == OPEN
    assert entries(began) == []
    assert get_message(owner=alice, message_id=sent.id).content == sent.content
    assert not User.objects.get(pk=alice.pk).is_suspended


def test_a_case_about_a_person_has_no_message_to_redact(alice, bob):
    report_of(bob, alice)
    case = Case.objects.get(about="person")
    with pytest.raises(InvalidPayload) as refusal:
        act(case, "redact")
    assert [(error.field, error.code) for error in refusal.value.errors] == [("decision", "not_of_message")]
    act(case, "suspend")
    assert stored(case) == ("resolved", "suspend", None, True)


def test_an_account_that_is_gone_cannot_be_suspended(alice, case):
    alice.delete()
    with pytest.raises(PersonNotFound):
        act(case, "suspend")
    assert stored(case) == OPEN


@pytest.mark.sql
def test_what_is_decided_is_not_decided_again(alice, case, sent, moderator):
    act(case, "nothing")
    began = last_number()
    for again in (
        lambda: act(case, "redact"),
        lambda: act(case, "suspend"),
        lambda: act(case, "nothing"),
        lambda: assign(case_id=case.pk, to=moderator, actor=MODERATOR),
    ):
        with pytest.raises(CaseDecided) as refusal:
            again()
        assert (refusal.value.status, refusal.value.code) == (409, "case_decided")
    assert stored(case) == ("rejected", "nothing", None, True)
    assert get_message(owner=alice, message_id=sent.id).content == sent.content
    assert not User.objects.get(pk=alice.pk).is_suspended
    assert entries(began) == []


def test_what_cannot_be_redacted_now_is_undecided(case, parts, hanging):
    began = last_number()
    with hanging(parts.cassandra), pytest.raises(StorageUnavailable):
        act(case, "redact")
    assert stored(case) == OPEN
    assert entries(began) == []


@pytest.mark.sql
def test_where_the_write_to_cassandra_fails_the_decision_is_taken_back(case, monkeypatch):
    began = last_number()

    def fail(**_):
        raise StorageUnavailable

    monkeypatch.setattr("moderation.services.redaction.redact", fail)
    with pytest.raises(StorageUnavailable):
        act(case, "redact")
    assert stored(case) == OPEN
    assert [action for action, *_ in entries(began)] == ["message.redaction_begun"]


def test_deciding_again_mends_what_one_left_that_died_before_it_told_the_cache(alice, bob, case, sent):
    began = last_number()
    for owner in (alice, bob):
        assert first_page(owner) == [sent.content]
    with pytest.MonkeyPatch.context() as patch:

        def die(_):
            raise KeyboardInterrupt

        patch.setattr("messaging.cache.forget", die)
        with pytest.raises(KeyboardInterrupt):
            act(case, "redact")
    assert stored(case) == OPEN
    assert found_in_cassandra(sent.content) == []
    assert found_in_redis(sent.content)
    act(case, "redact")
    assert stored(case) == ("resolved", "redact", None, True)
    assert found_in_redis(sent.content) == []
    assert first_page(alice) == first_page(bob) == [""]
    people = {"sender_id": str(alice.pk), "recipient_id": str(bob.pk), "case": case.pk}
    assert entries(began) == [
        ("message.redaction_begun", "message", str(sent.id), people, "rule 1"),
        ("message.redacted", "message", str(sent.id), {**people, "changed": False}, "rule 1"),
        ("case.decided", "case", str(case.pk), {"state": "resolved", "decision": "redact"}, "rule 1"),
    ]


@pytest.mark.sql
@pytest.mark.parametrize("decision", ["nothing", "redact", "suspend"])
def test_a_dry_run_finds_out_and_changes_nothing(alice, case, sent, decision):
    began = last_number()
    assert act(case, decision, dry_run=True).decision == decision
    assert stored(case) == OPEN
    assert entries(began) == []
    assert get_message(owner=alice, message_id=sent.id).content == sent.content
    assert not User.objects.get(pk=alice.pk).is_suspended


@pytest.mark.sql
@pytest.mark.django_db(transaction=True)
def test_of_many_decisions_at_once_one_wins_and_the_others_are_told(alice, bob, case, sent):
    decisions = ["nothing", "redact", "suspend"] * 3
    together = threading.Barrier(len(decisions))
    began = last_number()

    def one(decision):
        together.wait()
        try:
            decide(case_id=case.pk, decision=decision, actor=Actor("person", decision, decision), reason="x")
            return decision
        except CaseDecided:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(decisions)) as pool:
        (winner,) = [done for done in pool.map(one, decisions) if done]
    assert stored(case)[1] == winner
    assert (get_message(owner=bob, message_id=sent.id).content == "") == (winner == "redact")
    assert User.objects.get(pk=alice.pk).is_suspended == (winner == "suspend")
    # Those who come second may have announced what they then don't do.
    actions = [action for action, *_ in entries(began) if action != "message.redaction_begun"]
    also = {"nothing": [], "redact": ["message.redacted"], "suspend": ["person.suspended"]}
    assert actions == [*also[winner], "case.decided"]
