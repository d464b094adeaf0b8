"""Editing, deleting for everyone, removing one's own copy."""

import uuid
from datetime import UTC, datetime

import pytest

from chatsystem.errors import EditWindowOver, InvalidPayload, MessageNotFound, MessageRedacted, NotYours
from messaging.services.altering import delete_for_everyone, edit_message, redact_message, remove_message
from messaging.services.history import read_inbox
from messaging.services.one_message import get_message
from messaging.services.sending import send_message
from messaging.store import altering, totals, writing
from messaging.store.totals import Total
from messaging.types import INBOX, Timeline, moment_of, stamp_of
from tests.messaging.making import DAY, SECOND, id_at, message, now, store_in_time
from tests.messaging.reading import first_page
from tests.messaging.store.raw import changes_of, conversation_of, copies_of


@pytest.fixture
def sent(alice, bob):
    return send_message(sender=alice, recipient=bob.username, content="hello")


def messages(owner):
    return list(read_inbox(owner=owner, limit=10).messages)


def columns(sent, name):
    """A column's value in every copy."""
    return [row.get(name) for row in copies_of(sent).values()]


# One message


def test_both_people_get_a_message_by_its_id(alice, bob, sent, cql_requests):
    assert get_message(owner=alice, message_id=sent.id) == get_message(owner=bob, message_id=sent.id) == sent
    assert cql_requests == ["find_message"] * 2


def test_a_strangers_an_unknown_and_a_removed_message_are_alike(new_person, bob, sent):
    remove_message(owner=bob, message_id=sent.id)
    for owner, message_id in (
        (new_person(), sent.id),
        (bob, sent.id),
        (bob, uuid.uuid1()),
        (bob, id_at(now() + 3_000 * 365 * DAY)),
        (bob, uuid.uuid4()),
        (bob, uuid.UUID(int=0)),
        (bob, uuid.UUID(int=2**128 - 1)),
    ):
        for ask in (
            lambda: get_message(owner=owner, message_id=message_id),  # noqa: B023  (called at once)
            lambda: edit_message(author=owner, message_id=message_id, content="x"),  # noqa: B023  (as above)
            lambda: delete_for_everyone(author=owner, message_id=message_id),  # noqa: B023  (as above)
            lambda: remove_message(owner=owner, message_id=message_id),  # noqa: B023  (as above)
        ):
            with pytest.raises(MessageNotFound):
                ask()


# Editing


@pytest.mark.ring
def test_an_edit_stands_in_every_copy(alice, bob, sent):
    edited = edit_message(author=alice, message_id=sent.id, content="good bye")
    assert (edited.content, edited.id, edited.reply_to) == ("good bye", sent.id, None)
    assert abs((edited.edited_at - datetime.now(UTC)).total_seconds()) < 5
    assert columns(sent, "content") == ["good bye"] * 4
    assert messages(alice) == messages(bob) == [edited]
    for one, other in ((alice, bob), (bob, alice)):
        assert conversation_of(one, other)["last"] == (sent.id, alice.username, None)
        assert changes_of(one) == [("sent", sent.id), ("edited", sent.id)]


def test_an_edit_costs_a_read_and_a_batch(alice, sent, cql_requests, redis_requests):
    edit_message(author=alice, message_id=sent.id, content="good bye")
    assert cql_requests == ["find_message_and_stamp", "edit"]
    assert redis_requests == ["UNLINK"]


def test_an_edit_is_seen_at_once_where_a_page_was_cached(alice, bob, sent):
    for owner in (alice, bob):
        assert first_page(owner) == ["hello"]
    edit_message(author=alice, message_id=sent.id, content="good bye")
    for owner in (alice, bob):
        assert first_page(owner) == ["good bye"]


@pytest.mark.ring
def test_an_edit_of_an_earlier_message_leaves_the_conversations_preview(alice, bob, sent):
    later = send_message(sender=bob, recipient=alice.username, content="later")
    edit_message(author=alice, message_id=sent.id, content="good bye")
    assert conversation_of(alice, bob)["last"] == (later.id, bob.username, "later")


@pytest.mark.ring
@pytest.mark.parametrize("skew", [-5, 5])
def test_the_last_of_several_edits_holds_whatever_the_clocks_say(alice, sent, monkeypatch, skew):
    """The second is made on a server whose clock differs from the first's by 5 s."""
    edit_message(author=alice, message_id=sent.id, content="first")
    monkeypatch.setattr(altering, "now", lambda: now() // 10 + skew * 1_000_000)
    edit_message(author=alice, message_id=sent.id, content="second")
    monkeypatch.undo()
    edited = edit_message(author=alice, message_id=sent.id, content="third")
    assert get_message(owner=alice, message_id=sent.id) == edited
    assert columns(sent, "content") == ["third"] * 4


def test_only_the_author_edits(bob, sent):
    with pytest.raises(NotYours):
        edit_message(author=bob, message_id=sent.id, content="forged")
    assert columns(sent, "content") == ["hello"] * 4


def test_a_content_that_cannot_be_is_refused_in_an_edit_too(alice, sent, cql_requests):
    with pytest.raises(InvalidPayload):
        edit_message(author=alice, message_id=sent.id, content=" ")
    assert cql_requests == []


@pytest.mark.parametrize(("age", "accepted"), [(DAY - 5 * SECOND, True), (DAY + SECOND, False)])
def test_a_message_can_be_edited_for_24_hours(alice, bob, age, accepted):
    old = message(alice, bob, ticks=now() - age)
    writing.append(old)
    if accepted:
        edit_message(author=alice, message_id=old.id, content="edited")
    else:
        with pytest.raises(EditWindowOver):
            edit_message(author=alice, message_id=old.id, content="edited")
    assert columns(old, "content") == ["edited" if accepted else "hello"] * 4


@pytest.mark.parametrize(("age", "accepted"), [(50, True), (70, False)])
def test_the_window_in_which_a_message_can_be_edited_is_a_setting(alice, bob, settings, age, accepted):
    settings.EDIT_WINDOW = 60
    old = message(alice, bob, ticks=now() - age * SECOND)
    writing.append(old)
    if accepted:
        edit_message(author=alice, message_id=old.id, content="edited")
    else:
        with pytest.raises(EditWindowOver):
            edit_message(author=alice, message_id=old.id, content="edited")
    assert columns(old, "content") == ["edited" if accepted else "hello"] * 4


def test_what_was_deleted_for_everyone_cannot_be_edited(alice, sent):
    delete_for_everyone(author=alice, message_id=sent.id)
    with pytest.raises(MessageRedacted):
        edit_message(author=alice, message_id=sent.id, content="back")
    assert columns(sent, "content") == [""] * 4


# Deleting for everyone


@pytest.mark.ring
def test_a_message_deleted_for_everyone_leaves_a_labelled_gap_and_no_content_anywhere(alice, bob):
    sent = send_message(sender=alice, recipient=bob.username, content="secret")
    for owner in (alice, bob):
        assert first_page(owner) == ["secret"]
    redacted = delete_for_everyone(author=alice, message_id=sent.id)
    assert abs((redacted.redacted_at - datetime.now(UTC)).total_seconds()) < 5
    assert (redacted.content, redacted.sender, redacted.recipient) == ("", alice.username, bob.username)
    assert columns(sent, "content") == [""] * 4
    for one, other in ((alice, bob), (bob, alice)):
        assert first_page(one) == [""]
        assert messages(one) == [redacted]
        assert get_message(owner=one, message_id=sent.id) == redacted
        assert conversation_of(one, other)["last"] == (sent.id, alice.username, None)
        assert changes_of(one) == [("sent", sent.id), ("redacted", sent.id)]


def test_deleting_for_everyone_costs_a_read_and_a_batch(alice, sent, cql_requests, redis_requests):
    delete_for_everyone(author=alice, message_id=sent.id)
    assert cql_requests == ["find_message", "redact"]
    assert redis_requests == ["UNLINK"]


@pytest.mark.ring
def test_deleting_for_everyone_twice_is_deleting_once(alice, sent):
    first = delete_for_everyone(author=alice, message_id=sent.id)
    assert delete_for_everyone(author=alice, message_id=sent.id) == first
    assert get_message(owner=alice, message_id=sent.id) == first


def test_only_the_author_deletes_for_everyone(bob, sent):
    with pytest.raises(NotYours):
        delete_for_everyone(author=bob, message_id=sent.id)
    assert columns(sent, "content") == ["hello"] * 4


def test_a_message_of_any_age_can_be_deleted_for_everyone(alice, bob):
    old = message(alice, bob, ticks=now() - 3_000 * DAY)
    writing.append(old)
    delete_for_everyone(author=alice, message_id=old.id)
    assert columns(old, "content") == [""] * 4


@pytest.mark.ring
def test_an_edit_that_was_under_way_brings_nothing_back(alice, bob, sent, monkeypatch):
    """It was stamped by the clock that is farthest ahead, at the last moment, and arrives last."""
    redacted = delete_for_everyone(author=alice, message_id=sent.id)
    altering.edit(sent, "back", stamp=stamp_of(sent.id) + 24 * 60 * 60 * 1_000_000)
    writing.append(sent)
    assert columns(sent, "content") == [""] * 4
    assert get_message(owner=bob, message_id=sent.id).redacted_at == redacted.redacted_at


@pytest.mark.ring
def test_an_operator_redacts_what_its_owners_removed_too(alice, bob):
    sent = send_message(sender=alice, recipient=bob.username, content="secret")
    remove_message(owner=alice, message_id=sent.id)
    redact_message(message=sent)
    assert messages(alice) == []
    assert [found.content for found in messages(bob)] == [""]
    assert "secret" not in repr(copies_of(sent))


@pytest.mark.ring
def test_a_quote_dies_with_its_source(alice, bob, sent):
    answer = send_message(sender=bob, recipient=alice.username, content="yes", reply_to=sent.id)
    delete_for_everyone(author=alice, message_id=sent.id)
    assert get_message(owner=bob, message_id=answer.id).reply_to == sent.id
    assert get_message(owner=bob, message_id=sent.id).content == ""


# Removing


@pytest.mark.ring
def test_removing_takes_ones_own_copy_and_leaves_the_others(alice, bob, sent):
    assert first_page(bob) == ["hello"]
    remove_message(owner=bob, message_id=sent.id)
    assert first_page(bob) == messages(bob) == []
    assert first_page(alice) == ["hello"]
    assert messages(alice) == [sent]
    assert changes_of(bob) == [("sent", sent.id), ("removed", sent.id)]
    assert changes_of(alice) == [("sent", sent.id)]
    assert conversation_of(bob, alice)["last"] == (sent.id, alice.username, None)
    assert conversation_of(alice, bob)["last"] == (sent.id, alice.username, "hello")


@pytest.mark.ring
def test_a_removed_copy_keeps_its_ids_and_neither_content_nor_names(alice, bob, sent):
    remove_message(owner=bob, message_id=sent.id)
    for (owner_id, _), row in copies_of(sent).items():
        removed_at = row.pop("removed_at")
        assert (removed_at is not None) == (owner_id == bob.pk)
        assert row == {
            "sender_id": alice.pk,
            "recipient_id": bob.pk,
            "sender": None if removed_at else alice.username,
            "recipient": None if removed_at else bob.username,
            "content": None if removed_at else "hello",
            "reply_to": None,
            "edited_at": None,
            "redacted_at": None,
        }


def test_removing_costs_a_read_and_a_batch(bob, sent, cql_requests, redis_requests):
    remove_message(owner=bob, message_id=sent.id)
    assert cql_requests == ["find_message", "remove"]
    assert redis_requests == ["UNLINK"]


@pytest.mark.ring
def test_an_edit_and_a_repeated_send_do_not_bring_a_removed_copy_back(alice, bob, sent):
    remove_message(owner=bob, message_id=sent.id)
    edit_message(author=alice, message_id=sent.id, content="edited")
    writing.append(sent)
    assert messages(bob) == []
    assert [row["content"] for (owner, _), row in copies_of(sent).items() if owner == bob.pk] == [None, None]


@pytest.mark.ring
def test_a_removed_message_is_not_counted_though_it_was_before(alice, bob, monkeypatch):
    monkeypatch.setattr(totals, "CHECKPOINT_AFTER", 1)
    old = [message(alice, bob, ticks=now() - 20 * SECOND - number) for number in range(3)]
    for sent in old:
        store_in_time(sent)
    timelines = [Timeline(owner.pk, where) for owner in (alice, bob) for where in (INBOX, old[0].conversation_id)]
    for rows_counted in (3, 0):  # a check-point knows them the second time
        assert [totals.read_total(where) for where in timelines] == [Total(3, rows_counted)] * 4
    remove_message(owner=bob, message_id=old[1].id)
    assert [totals.read_total(where).messages for where in timelines] == [3, 3, 2, 2]


def test_a_message_to_oneself_is_changed_in_its_one_copy(alice):
    sent = send_message(sender=alice, recipient=alice.username, content="note")
    edit_message(author=alice, message_id=sent.id, content="edited")
    assert columns(sent, "content") == ["edited"] * 2
    remove_message(owner=alice, message_id=sent.id)
    assert messages(alice) == []


@pytest.mark.ring
def test_a_change_that_met_nothing_is_no_message(alice, bob):
    never_sent = message(alice, bob)
    altering.edit(never_sent, "edited", stamp=altering.edit_stamp(stamp_of(never_sent.id)))
    altering.redact(never_sent, at=moment_of(stamp_of(never_sent.id)), stamp=altering.final_stamp(never_sent.id))
    assert messages(alice) == messages(bob) == []
    with pytest.raises(MessageNotFound):
        get_message(owner=alice, message_id=never_sent.id)
