"""Redacting one message: what is gone, what stays, what is written down."""

import uuid

import pytest

from chatsystem.audit.models import AuditHead
from chatsystem.errors import InvalidPayload, MessageNotFound, StorageUnavailable
from messaging.services import altering, sync
from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.services.conversations import read_conversations
from messaging.services.history import read_inbox
from messaging.services.one_message import get_message
from messaging.services.search import search_messages
from messaging.services.sending import send_once
from moderation.services.redaction import Redaction, redact_message
from tests.messaging.reading import first_page
from tests.messaging.store.raw import changes_of
from tests.moderation.making import (
    MODERATOR,
    entries,
    evidence_of,
    found_in_cassandra,
    found_in_redis,
    found_in_sql,
    last_number,
    report,
    spam,
)

WHY = {"actor": MODERATOR, "reason": "rule 1"}


@pytest.fixture
def text(alice):
    """A text that stands nowhere else."""
    return f"Buy at {alice.username}.example!"


@pytest.fixture
def sent(alice, bob, text):
    return spam(alice, bob, text)


def test_a_redacted_message_is_gone_from_everywhere(alice, bob, text, sent):
    """The text was in every place that there is, cached ones too, and is in none any more."""
    begun = {owner: sync.begin().next for owner in (alice, bob)}
    edit_message(author=alice, message_id=sent.id, content=f"{text} Now!")
    for owner in (alice, bob):
        assert first_page(owner) == [f"{text} Now!"]
        assert search_messages(owner=owner, text=text).messages
    assert (found_in_cassandra(text), bool(found_in_redis(text))) == (["timeline"], True)
    redact_message(person=bob, message_id=sent.id, **WHY)
    assert found_in_cassandra(text) == []
    assert found_in_sql(text) == []
    assert found_in_redis(text) == []
    for owner in (alice, bob):
        assert first_page(owner) == [""]
        assert [one.content for one in read_inbox(owner=owner, limit=10).messages] == [""]
        assert search_messages(owner=owner, text=text).messages == []
        (summary,) = read_conversations(owner=owner).summaries
        assert summary.last.preview is None
        news = sync.catch_up(owner=owner, since=begun[owner])
        assert [one.content for one in news.messages] == [""]
        assert ("redacted", sent.id) in changes_of(owner)


def test_the_preview_in_a_list_of_conversations_goes_without_an_edit_before(alice, bob, text, sent):
    assert found_in_cassandra(text) == ["conversations", "timeline"]
    for owner in (alice, bob):
        assert read_conversations(owner=owner).summaries[0].last.preview == text
    redact_message(person=alice, message_id=sent.id, **WHY)
    assert found_in_cassandra(text) == []


@pytest.mark.parametrize("remover", ["alice", "bob"])
def test_copies_that_one_removed_are_no_hindrance(alice, bob, text, sent, remover):
    owner, other = (alice, bob) if remover == "alice" else (bob, alice)
    remove_message(owner=owner, message_id=sent.id)
    assert found_in_cassandra(text)
    assert redact_message(person=owner, message_id=sent.id, **WHY).changed
    assert found_in_cassandra(text) == []
    assert get_message(owner=other, message_id=sent.id).redacted_at is not None
    with pytest.raises(MessageNotFound):
        get_message(owner=owner, message_id=sent.id)


def test_a_send_that_is_repeated_with_its_key_brings_nothing_back(alice, bob, text):
    def send():
        return send_once(sender=alice, recipient=bob.username, content=text, key=alice.username)

    sent = send().message
    redact_message(person=bob, message_id=sent.id, **WHY)
    assert send().replayed
    assert found_in_cassandra(text) == []


def test_a_message_to_oneself_is_redacted(alice, text):
    sent = spam(alice, alice, text)
    redact_message(person=alice, message_id=sent.id, **WHY)
    assert found_in_cassandra(text) == []


@pytest.mark.sql
def test_evidence_of_a_report_stays_and_is_the_only_place(bob, text, sent):
    told = report(bob, sent)
    redact_message(person=bob, message_id=sent.id, **WHY)
    assert evidence_of(told) == [(0, text)]
    assert found_in_sql(text) == ["Evidence"]
    assert found_in_cassandra(text) == []


@pytest.mark.sql
def test_a_redaction_is_written_down_without_what_was_taken(alice, bob, sent):
    began = last_number()
    assert redact_message(person=bob, message_id=sent.id, actor=MODERATOR, reason=" rule 1\n") == Redaction(
        sent.id, alice.username, bob.username, changed=True
    )
    people = {"sender_id": str(alice.pk), "recipient_id": str(bob.pk)}
    assert entries(began) == [
        (action, "message", str(sent.id), people, "rule 1")
        for action in ("message.redaction_begun", "message.redacted")
    ]


@pytest.mark.sql
def test_where_nothing_is_left_nothing_is_done_and_nothing_written_down(alice, bob, sent, cql_requests):
    delete_for_everyone(author=alice, message_id=sent.id)
    began = last_number()
    cql_requests.clear()
    for _ in range(2):
        assert not redact_message(person=bob, message_id=sent.id, **WHY).changed
    assert entries(began) == []
    assert set(cql_requests) == {"inspect_copies"}


@pytest.mark.sql
def test_a_dry_run_tells_and_changes_nothing(bob, text, sent):
    began = last_number()
    assert redact_message(person=bob, message_id=sent.id, dry_run=True, **WHY).changed
    assert get_message(owner=bob, message_id=sent.id).content == text
    assert entries(began) == []


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_without_a_reason_nothing_is_redacted(bob, text, sent, reason):
    with pytest.raises(InvalidPayload):
        redact_message(person=bob, message_id=sent.id, actor=MODERATOR, reason=reason)
    assert get_message(owner=bob, message_id=sent.id).content == text


def test_a_strangers_and_an_unknown_message_are_alike(new_person, bob, text, sent):
    for person, message_id in ((new_person(), sent.id), (bob, uuid.uuid1()), (bob, uuid.uuid4())):
        with pytest.raises(MessageNotFound):
            redact_message(person=person, message_id=message_id, **WHY)
    assert get_message(owner=bob, message_id=sent.id).content == text


def test_while_cassandra_is_away_nothing_is_written_down_that_did_not_happen(bob, sent, parts, hanging):
    began = last_number()
    with hanging(parts.cassandra), pytest.raises(StorageUnavailable):
        redact_message(person=bob, message_id=sent.id, **WHY)
    assert entries(began) == []


def actions(began):
    return [action for action, *_ in entries(began)]


@pytest.mark.sql
def test_what_cannot_be_written_down_does_not_happen(bob, text, sent, monkeypatch):
    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr("moderation.services.redaction.record", fail)
    with pytest.raises(RuntimeError):
        redact_message(person=bob, message_id=sent.id, **WHY)
    assert get_message(owner=bob, message_id=sent.id).content == text


@pytest.mark.sql
def test_one_that_is_cut_short_was_announced_and_does_not_count_as_done(bob, text, sent, monkeypatch):
    """By an outage, which may have let the write through; doing it again does it."""
    began = last_number()

    def away(**_):
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr("moderation.services.redaction.redact", away)
        with pytest.raises(StorageUnavailable):
            redact_message(person=bob, message_id=sent.id, **WHY)
    assert actions(began) == ["message.redaction_begun"]
    assert get_message(owner=bob, message_id=sent.id).content == text
    redact_message(person=bob, message_id=sent.id, **WHY)
    assert actions(began) == ["message.redaction_begun"] * 2 + ["message.redacted"]
    assert found_in_cassandra(text) == []


def test_doing_it_again_writes_down_what_happened_though_its_try_failed(alice, bob, text, sent, monkeypatch):
    """As where the answer of Cassandra came too late, or the process was killed before its commit."""
    began = last_number()

    def be_late(*, message):
        altering.redact_message(message=message)
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr("moderation.services.redaction.redact", be_late)
        with pytest.raises(StorageUnavailable):
            redact_message(person=bob, message_id=sent.id, **WHY)
    assert actions(began) == ["message.redaction_begun"]
    assert found_in_cassandra(text) == []
    for _ in range(2):
        assert not redact_message(person=bob, message_id=sent.id, **WHY).changed
    people = {"sender_id": str(alice.pk), "recipient_id": str(bob.pk)}
    assert entries(began) == [
        ("message.redaction_begun", "message", str(sent.id), people, "rule 1"),
        ("message.redacted", "message", str(sent.id), {**people, "changed": False}, "rule 1"),
    ]


@pytest.mark.sql
def test_nobody_waits_for_cassandra_to_write_into_the_audit_log(bob, sent, monkeypatch):
    """Its last entry's place is locked until the commit, so the entry comes behind the write."""
    began, seen = last_number(), []

    def redact(*, message):
        seen.append((actions(began), AuditHead.objects.get().number - began))

    monkeypatch.setattr("moderation.services.redaction.redact", redact)
    redact_message(person=bob, message_id=sent.id, **WHY)
    assert seen == [(["message.redaction_begun"], 1)]


def test_doing_it_again_mends_what_one_left_that_died_before_it_told_the_cache(alice, bob, text, sent):
    for owner in (alice, bob):
        assert first_page(owner) == [text]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("messaging.services.altering.cache.forget", lambda owner_ids: None)
        patch.setattr("messaging.cache.forget", lambda owner_ids: None)
        redact_message(person=bob, message_id=sent.id, **WHY)
    assert found_in_redis(text)
    assert not redact_message(person=bob, message_id=sent.id, **WHY).changed
    assert found_in_redis(text) == []
    assert first_page(alice) == [""]
