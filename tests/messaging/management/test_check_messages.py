"""`manage.py check_messages`: what is broken on purpose is found, mended, and then all is well."""

import json
import uuid
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from chatsystem.errors import StorageUnavailable
from messaging import types
from messaging.management.commands import check_messages
from messaging.services import altering
from messaging.services.examination import person as examination
from messaging.services.history import read_conversation, read_inbox
from messaging.services.sync import begin, catch_up
from messaging.store import writing
from messaging.store.session import get_session
from messaging.store.totals import read_total
from messaging.types import INBOX, Timeline, bucket_of, conversation_id_of, last_id_at, stamp_of
from tests.messaging.making import DAY, SECOND, message, now
from tests.messaging.management.tearing import BUCKETS, CONVERSATIONS, TIMELINE, torn
from tests.messaging.reading import first_page
from tests.messaging.store.raw import changes_of, conversation_of, copies_of


@pytest.fixture(autouse=True)
def _a_minute_later(monkeypatch):
    """What a test does has settled when it's examined."""
    monkeypatch.setattr(examination, "now", lambda: types.now() + 60_000_000)


def check(person, *options):
    """Run it for a person; return the exit code and what was found."""
    out, code = StringIO(), 0
    try:
        call_command("check_messages", "--person", person.username, "--json", *options, stdout=out, stderr=StringIO())
    except SystemExit as end:
        code = end.code
    report = json.loads(out.getvalue())
    assert (report["people"], report["complete"]) == (1, True)
    members = ("kind", "owner_id", "conversation_id", "message_id", "is_mended")
    return code, in_order(tuple(one[member] for member in members) for one in report["findings"])


def in_order(findings):
    return sorted(findings, key=repr)


def finding(kind, owner, timeline, message_id):
    return kind, str(owner.pk), None if timeline == INBOX else str(timeline), str(message_id)


def found_mended_and_clean(person, *expected):
    """A dry run finds exactly this and changes nothing; a run mends it; after it nothing is found."""
    for _ in range(2):
        assert check(person, "--dry-run") == (1, in_order((*one, False) for one in expected))
    assert check(person) == (0, in_order((*one, True) for one in expected))
    assert check(person) == (0, [])


@pytest.fixture
def sent(alice, bob):
    """A message from alice to bob of a minute ago, that isn't stored."""
    return message(alice, bob, "hello", ticks=now() - 60 * SECOND)


def execute(text, *values):
    return list(get_session().execute(text, values))


def set_row(table, column, value, owner, conversation_id, *, stamp=None):
    """Write one value by hand."""
    execute(
        f"UPDATE {table} USING TIMESTAMP %s SET {column} = %s WHERE owner_id = %s AND conversation_id = %s",
        stamp or types.now(), value, owner.pk, conversation_id,
    )  # fmt: skip


@pytest.mark.parametrize("there", [0, 1, 2, 3])
@pytest.mark.parametrize("turned", [False, True])
def test_a_half_done_send_is_finished_and_handed_out(alice, bob, sent, there, turned):
    """Of the four copies all but this many are missing, on either side, with their buckets."""
    places = [(alice, INBOX), (alice, sent.conversation_id), (bob, INBOX), (bob, sent.conversation_id)]
    places = places[::-1] if turned else places
    if there == 0:
        places = places[1::2] + places[::2]  # two: one of each side
        there = 2
    with torn({TIMELINE, BUCKETS}, *places[there:]):
        writing.append(sent)
    token = begin().next
    read_total(Timeline(bob.pk))
    expected = [finding("missing_copy", owner, timeline, sent.id) for owner, timeline in places[there:]]
    found_mended_and_clean(bob, *expected)
    assert check(alice) == (0, [])
    for owner, peer in ((alice, bob), (bob, alice)):
        assert read_inbox(owner=owner).messages == [sent]
        assert read_conversation(owner=owner, username=peer.username).messages == [sent]
        assert first_page(owner) == ["hello"]
    for owner in {owner for owner, _ in places[there:]}:
        assert catch_up(owner=owner, since=token).messages == [sent]


def test_what_is_lost_on_ones_own_side_is_brought_back_from_the_others(alice, bob, sent):
    """The conversation's row tells that there is a peer; without it, examining the peer brings it back."""
    places = [(bob, INBOX), (bob, sent.conversation_id)]
    for tables, person in (({TIMELINE, BUCKETS}, bob), ({TIMELINE, BUCKETS, CONVERSATIONS}, alice)):
        lost = message(alice, bob, "lost", ticks=now() - 60 * SECOND)
        with torn(tables, *places):
            writing.append(lost)
        found_mended_and_clean(person, *(finding("missing_copy", bob, timeline, lost.id) for _, timeline in places))
        assert lost in read_inbox(owner=bob).messages


def test_what_only_the_other_side_has_is_brought_back_also_where_newer_messages_are_there(alice, bob, sent):
    newer = message(alice, bob, "newer", ticks=now() - 30 * SECOND)
    with torn({TIMELINE}, (bob, INBOX), (bob, sent.conversation_id)):
        writing.append(sent)
    writing.append(newer)
    found_mended_and_clean(
        bob, *(finding("missing_copy", bob, timeline, sent.id) for timeline in (INBOX, sent.conversation_id))
    )
    assert read_inbox(owner=bob).messages == [newer, sent]


def test_what_comes_back_to_somebody_who_was_examined_before_stands_in_their_list_too(alice, bob, sent):
    newer = message(alice, bob, "newer", ticks=now() - 50 * SECOND)
    oldest = message(alice, bob, "oldest", ticks=now() - 90 * SECOND)
    places = [(bob, INBOX), (bob, sent.conversation_id)]
    writing.append(sent)
    for lost, shown in ((newer, newer), (oldest, newer)):
        with torn({TIMELINE, BUCKETS, CONVERSATIONS}, *places):
            writing.append(lost)
        found_mended_and_clean(alice, *(finding("missing_copy", bob, timeline, lost.id) for _, timeline in places))
        assert conversation_of(bob, alice)["last"] == (shown.id, alice.username, shown.content)
        assert check(bob) == (0, [])


@pytest.mark.parametrize("examined", ["sender", "recipient"])
def test_what_comes_back_to_the_other_side_is_read_there_only_by_who_wrote_it(alice, bob, sent, examined):
    person, other = (alice, bob) if examined == "sender" else (bob, alice)
    with torn({TIMELINE, BUCKETS, CONVERSATIONS}, (other, INBOX), (other, sent.conversation_id)):
        writing.append(sent)
    assert check(person)[0] == 0
    assert conversation_of(other, person) == {
        "peer": person.username,
        "last": (sent.id, alice.username, "hello"),
        "read_up_to": sent.id if other == alice else None,
    }


def test_a_conversation_that_the_inbox_and_its_own_row_know_nothing_of_is_told_by_its_messages(alice, bob, sent):
    """All that the row has is what its owner decided."""
    with torn({TIMELINE, BUCKETS}, (bob, INBOX)), torn({CONVERSATIONS}, (bob, sent.conversation_id)):
        writing.append(sent)
    set_row("conversations", "muted", True, bob, sent.conversation_id)
    found_mended_and_clean(
        bob,
        finding("missing_copy", bob, INBOX, sent.id),
        finding("stale_conversation", bob, sent.conversation_id, sent.id),
    )
    assert read_inbox(owner=bob).messages == [sent]


def test_a_message_to_oneself_has_two_places(alice):
    sent = message(alice, alice, ticks=now() - 60 * SECOND)
    with torn({TIMELINE, BUCKETS}, (alice, INBOX)):
        writing.append(sent)
    found_mended_and_clean(alice, finding("missing_copy", alice, INBOX, sent.id))
    assert read_inbox(owner=alice).messages == [sent]


def test_a_removed_copy_is_no_lost_one(alice, bob, sent):
    writing.append(sent)
    altering.remove_message(owner=bob, message_id=sent.id)
    before = copies_of(sent)
    assert check(bob) == check(alice) == (0, [])
    assert copies_of(sent) == before
    assert before[bob.pk, INBOX]["removed_at"] is not None


def test_a_removed_and_redacted_copy_is_well_too(alice, bob, sent):
    writing.append(sent)
    altering.remove_message(owner=bob, message_id=sent.id)
    altering.delete_for_everyone(author=alice, message_id=sent.id)
    assert check(bob) == check(alice) == (0, [])


@pytest.mark.parametrize("place", [0, 1])
def test_a_removal_that_ended_half_way_is_finished(alice, bob, sent, place):
    writing.append(sent)
    timeline = (INBOX, sent.conversation_id)[place]
    with torn({TIMELINE}, (bob, timeline)):
        altering.remove_message(owner=bob, message_id=sent.id)
    token = begin().next
    found_mended_and_clean(bob, finding("unfinished_removal", bob, timeline, sent.id))
    copies = copies_of(sent)
    assert copies[bob.pk, INBOX] == copies[bob.pk, sent.conversation_id]
    assert copies[bob.pk, INBOX]["content"] is None
    assert read_inbox(owner=bob).messages == []
    assert read_inbox(owner=alice).messages == [sent]
    assert ("removed", sent.id) in [(one.kind, one.message_id) for one in catch_up(owner=bob, since=token).changes]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("change", ["edit", "redaction"])
def test_a_change_that_missed_a_copy_reaches_it(alice, bob, sent, place, change):
    writing.append(sent)
    places = [(alice, INBOX), (alice, sent.conversation_id), (bob, INBOX), (bob, sent.conversation_id)]
    with torn({TIMELINE}, places[place]):
        if change == "edit":
            altering.edit_message(author=alice, message_id=sent.id, content="hello again")
        else:
            altering.delete_for_everyone(author=alice, message_id=sent.id)
    owner, timeline = places[place]
    assert copies_of(sent)[owner.pk, timeline]["content"] == "hello"
    token, before = begin().next, changes_of(owner)
    found_mended_and_clean(bob, finding("differing_copy", owner, timeline, sent.id))
    copies = copies_of(sent)
    assert len({repr(copy) for copy in copies.values()}) == 1
    assert copies[owner.pk, timeline]["content"] == ("hello again" if change == "edit" else "")
    assert [one.id for one in catch_up(owner=owner, since=token).messages] == [sent.id]
    assert changes_of(owner)[len(before) :] == [("edited" if change == "edit" else "redacted", sent.id)]


def test_of_several_edits_the_last_one_is_true_and_a_redaction_is_the_last_of_all(alice, bob, sent):
    writing.append(sent)
    places = [(bob, INBOX), (bob, sent.conversation_id), (alice, sent.conversation_id)]
    with torn({TIMELINE}, *places[:1]):
        altering.edit_message(author=alice, message_id=sent.id, content="second")
    with torn({TIMELINE}, *places[1:]):
        altering.edit_message(author=alice, message_id=sent.id, content="third")
    found_mended_and_clean(
        bob, *(finding("differing_copy", owner, timeline, sent.id) for owner, timeline in places[1:])
    )
    assert {copy["content"] for copy in copies_of(sent).values()} == {"third"}
    with torn({TIMELINE}, *places):
        altering.delete_for_everyone(author=alice, message_id=sent.id)
    found_mended_and_clean(bob, *(finding("differing_copy", owner, timeline, sent.id) for owner, timeline in places))
    assert {copy["content"] for copy in copies_of(sent).values()} == {""}


def test_a_lost_copy_comes_back_as_it_would_be_by_now(alice, bob, sent):
    """Edited, and an answer to another message."""
    writing.append(sent)
    answer = replace(message(alice, bob, ticks=now() - 50 * SECOND), reply_to=sent.id)
    with torn({TIMELINE, BUCKETS}, (bob, INBOX), (bob, sent.conversation_id)):
        writing.append(answer)
        altering.edit_message(author=alice, message_id=answer.id, content="edited")
    check(bob)
    copies = copies_of(answer)
    assert len({repr(copy) for copy in copies.values()}) == 1
    assert (copies[bob.pk, INBOX]["content"], copies[bob.pk, INBOX]["reply_to"]) == ("edited", sent.id)


@pytest.mark.parametrize("newer", ["hello for the third time", ""])
def test_a_mend_overwrites_nothing_newer(alice, bob, sent, monkeypatch, newer):
    """Between the reading of the copies and their mending the author edits the message, or deletes it for everyone."""
    writing.append(sent)
    with torn({TIMELINE}, (bob, INBOX)):
        altering.edit_message(author=alice, message_id=sent.id, content="hello again")
    mend = examination.store.mend_message

    def change_first(*arguments):
        if newer:
            altering.edit_message(author=alice, message_id=sent.id, content=newer)
        else:
            altering.delete_for_everyone(author=alice, message_id=sent.id)
        mend(*arguments)

    monkeypatch.setattr(examination.store, "mend_message", change_first)
    assert check(bob)[0] == 0
    assert {copy["content"] for copy in copies_of(sent).values()} == {newer}
    assert check(bob) == (0, [])


def test_what_no_copy_has_any_more_cannot_be_mended(alice, bob, sent):
    """The sender removed theirs, and the recipient's were lost with the disk."""
    with torn({TIMELINE, BUCKETS}, (bob, INBOX), (bob, sent.conversation_id)):
        writing.append(sent)
    altering.remove_message(owner=alice, message_id=sent.id)
    expected = [(*finding("lost_content", bob, timeline, sent.id), False) for timeline in (INBOX, sent.conversation_id)]
    for _ in range(2):
        assert check(alice) == (1, in_order(expected))


def test_what_a_change_left_that_met_nothing_is_let_alone(alice, bob, sent):
    for owner in (alice, bob):
        execute(
            "UPDATE timeline SET content = 'x' WHERE owner_id = %s AND conversation_id = %s AND bucket = %s"
            " AND message_id = %s",
            owner.pk, INBOX, bucket_of(sent.id), sent.id,
        )  # fmt: skip
        execute(
            "INSERT INTO timeline_buckets (owner_id, conversation_id, bucket) VALUES (%s, %s, %s)",
            owner.pk, INBOX, bucket_of(sent.id),
        )  # fmt: skip
    assert check(bob) == (0, [])


def test_what_a_change_left_in_a_conversation_is_not_taken_for_its_newest_message(alice, bob, sent):
    writing.append(sent)
    never_stored = message(alice, bob, ticks=now() - 30 * SECOND)
    execute(
        "UPDATE timeline SET content = 'x' WHERE owner_id = %s AND conversation_id = %s AND bucket = %s"
        " AND message_id = %s",
        bob.pk, sent.conversation_id, bucket_of(never_stored.id), never_stored.id,
    )  # fmt: skip
    assert check(bob) == (0, [])
    assert conversation_of(bob, alice)["last"] == (sent.id, alice.username, "hello")


def test_nothing_is_written_for_somebody_who_was_erased(alice, bob, sent):
    with torn({TIMELINE, BUCKETS}, (bob, INBOX), (bob, sent.conversation_id)):
        writing.append(sent)
    User.objects.filter(pk=bob.pk).delete()
    assert check(alice) == (0, [])
    assert copies_of(sent)[bob.pk, INBOX] == {}


def test_a_bucket_that_is_not_listed_is_found_wherever_it_is(alice, bob):
    """In the inbox by looking into each since the account was made; in a conversation by what the inbox has of it."""
    bob.date_joined = bob.date_joined.replace(year=bob.date_joined.year - 1)
    bob.save()
    old = message(alice, bob, "old", ticks=now() - 200 * DAY)
    conversation_id = old.conversation_id
    with torn({BUCKETS}, (bob, INBOX), (bob, conversation_id)):
        writing.append(old)
    writing.append(message(alice, bob, "new", ticks=now() - 60 * SECOND))
    assert [one.content for one in read_inbox(owner=bob).messages] == ["new"]
    found_mended_and_clean(
        bob, finding("missing_bucket", bob, INBOX, old.id), finding("missing_bucket", bob, conversation_id, old.id)
    )
    assert [one.content for one in read_inbox(owner=bob).messages] == ["new", "old"]
    assert [one.content for one in read_conversation(owner=bob, username=alice.username).messages] == ["new", "old"]


def test_a_conversations_bucket_that_neither_side_lists_is_told_by_the_inbox(alice, bob):
    old = message(alice, bob, "old", ticks=now() - 200 * DAY)
    with torn({BUCKETS}, (alice, old.conversation_id), (bob, old.conversation_id)):
        writing.append(old)
    for owner in (alice, bob):
        found_mended_and_clean(owner, finding("missing_bucket", owner, old.conversation_id, old.id))


def test_a_conversations_row_that_was_never_written_is_made(alice, bob, sent):
    with torn({CONVERSATIONS}, (bob, sent.conversation_id), (alice, sent.conversation_id)):
        writing.append(sent)
    for owner, peer, read in ((alice, bob, sent.id), (bob, alice, None)):
        found_mended_and_clean(owner, finding("stale_conversation", owner, sent.conversation_id, sent.id))
        assert conversation_of(owner, peer) == {
            "peer": peer.username,
            "last": (sent.id, alice.username, "hello"),
            "read_up_to": read,
        }


def test_a_conversations_row_that_is_behind_is_brought_forward(alice, bob, sent):
    older = message(alice, bob, "older", ticks=now() - 90 * SECOND)
    writing.append(older)
    with torn({CONVERSATIONS}, (bob, sent.conversation_id), (alice, sent.conversation_id)):
        writing.append(sent)
    for owner, peer, read in ((alice, bob, sent.id), (bob, alice, None)):
        found_mended_and_clean(owner, finding("stale_conversation", owner, sent.conversation_id, sent.id))
        assert conversation_of(owner, peer)["last"] == (sent.id, alice.username, "hello")
        assert conversation_of(owner, peer)["read_up_to"] == read


@pytest.mark.parametrize("change", ["edit", "redaction", "removal"])
def test_a_preview_of_what_is_no_longer_so_goes(alice, bob, sent, change):
    older = message(alice, bob, "older", ticks=now() - 90 * SECOND)
    for one in (older, sent):
        writing.append(one)
    with torn({CONVERSATIONS}, (bob, sent.conversation_id)):
        match change:
            case "edit":
                altering.edit_message(author=alice, message_id=sent.id, content="hello again")
            case "redaction":
                altering.delete_for_everyone(author=alice, message_id=sent.id)
            case "removal":
                altering.remove_message(owner=bob, message_id=sent.id)
    assert conversation_of(bob, alice)["last"][2] == "hello"
    newest = older if change == "removal" else sent
    found_mended_and_clean(bob, finding("stale_conversation", bob, sent.conversation_id, newest.id))
    assert conversation_of(bob, alice)["last"] == (sent.id, alice.username, None)


def test_a_mended_row_keeps_what_its_owner_decided(alice, bob, sent):
    with torn({CONVERSATIONS}, (bob, sent.conversation_id)):
        writing.append(sent)
    set_row("conversations", "muted", True, bob, sent.conversation_id)
    check(bob)
    rows = execute(
        "SELECT muted, peer FROM conversations WHERE owner_id = %s AND conversation_id = %s",
        bob.pk, sent.conversation_id,
    )  # fmt: skip
    assert rows == [{"muted": True, "peer": alice.username}]


@pytest.mark.parametrize("wrong", [0, 2, 4])
def test_a_wrong_checkpoint_goes_and_all_is_counted_anew(alice, bob, wrong):
    for number in range(3):
        writing.append(message(alice, bob, str(number), ticks=now() - (60 + number) * SECOND))
    conversation_id = conversation_id_of(alice.pk, bob.pk)
    up_to = last_id_at(now() // 10 - 30_000_000)
    for timeline in (INBOX, conversation_id):
        set_row("timeline_buckets", "counted", (wrong, up_to), bob, timeline)
        assert read_total(Timeline(bob.pk, timeline)).messages == wrong
    found_mended_and_clean(
        bob, *(finding("wrong_total", bob, timeline, up_to) for timeline in (INBOX, conversation_id))
    )
    assert read_total(Timeline(bob.pk)).messages == read_total(Timeline(bob.pk, conversation_id)).messages == 3


def test_a_right_checkpoint_stays(alice, bob):
    for number in range(3):
        writing.append(message(alice, bob, str(number), ticks=now() - (60 + number) * SECOND))
    set_row("timeline_buckets", "counted", (3, last_id_at(now() // 10 - 30_000_000)), bob, INBOX)
    assert check(bob) == (0, [])
    assert read_total(Timeline(bob.pk)).rows_counted == 0


def test_what_is_younger_than_ten_seconds_may_be_under_way_and_is_left_alone(alice, bob, monkeypatch):
    monkeypatch.setattr(examination, "now", types.now)
    old, new = message(alice, bob, "old", ticks=now() - 60 * SECOND), message(alice, bob, "new")
    writing.append(old)
    with torn({TIMELINE, BUCKETS, CONVERSATIONS}, (bob, INBOX), (bob, new.conversation_id)):
        writing.append(new)
    with torn({TIMELINE}, (bob, INBOX)):
        altering.edit_message(author=alice, message_id=old.id, content="edited")
    assert check(bob) == check(alice) == (0, [])
    monkeypatch.setattr(examination, "now", lambda: types.now() + 10_000_000)
    assert check(bob, "--dry-run")[0] == 1


def test_what_happens_during_the_examination_is_no_finding(alice, bob, monkeypatch):
    monkeypatch.setattr(examination, "now", types.now)
    messages = [message(alice, bob, str(number), ticks=now() - (60 + number) * SECOND) for number in range(3)]
    for one in messages:
        writing.append(one)
    for step in ("_examine_conversation", "_examine_conversation_row", "_examine_total"):
        examine = getattr(examination.Examination, step)

        def examine_late(self, *arguments, examine=examine):
            writing.append(message(alice, bob, "new"))
            altering.edit_message(author=alice, message_id=messages[0].id, content="edited")
            if messages[1:]:
                altering.remove_message(owner=bob, message_id=messages.pop().id)
            examine(self, *arguments)

        monkeypatch.setattr(examination.Examination, step, examine_late)
    assert check(bob, "--dry-run") == check(alice, "--dry-run") == (0, [])


def test_many_messages_over_many_buckets_are_examined_by_bounded_reads(alice, bob, monkeypatch, cql_requests):
    monkeypatch.setattr(examination.store, "ROWS_AT_ONCE", 7)
    messages = [message(alice, bob, str(number), ticks=now() - (60 + number * 40_000) * SECOND) for number in range(60)]
    for one in messages:
        writing.append(one)
    lost = messages[::9]
    for one in lost:
        execute(
            "DELETE FROM timeline USING TIMESTAMP %s WHERE owner_id = %s AND conversation_id = %s AND bucket = %s"
            " AND message_id = %s",
            stamp_of(one.id), bob.pk, INBOX, bucket_of(one.id), one.id,
        )  # fmt: skip
    cql_requests.clear()
    code, found = check(bob, "--dry-run")
    assert (code, found) == (1, in_order((*finding("missing_copy", bob, INBOX, one.id), False) for one in lost))
    # Three timelines, in each of which no row is read twice; what a bucket lacks to a full read tells its end.
    buckets = {bucket_of(one.id) for one in messages}
    assert cql_requests.count("examine_rows") <= 3 * (len(messages) // 7 + len(buckets))
    assert set(cql_requests) <= {
        "examine_buckets", "examine_rows", "examine_copies", "examine_conversations", "examine_conversation",
        "find_message",
    }  # fmt: skip


def test_everybody_is_examined_and_where_it_came_to_is_said(alice, bob, new_person, monkeypatch):
    sent = message(alice, bob, ticks=now() - 60 * SECOND)
    with torn({TIMELINE}, (bob, INBOX)):
        writing.append(sent)
    monkeypatch.setattr(check_messages, "PROGRESS_EVERY", 0)
    people = list(User.objects.order_by("pk"))
    out, errors = StringIO(), StringIO()
    call_command("check_messages", stdout=out, stderr=errors)
    assert out.getvalue().splitlines() == [
        f"missing_copy        owner {bob.pk}, inbox, message {sent.id}: mended",
        f"{len(people)} people examined, 1 findings, 1 mended.",
    ]
    assert errors.getvalue().splitlines() == [
        f"Examined up to {one.username}; go on with --after {one.pk}" for one in people
    ]
    out = StringIO()
    call_command("check_messages", "--after", str(people[0].pk), stdout=out, stderr=StringIO())
    assert out.getvalue() == f"{len(people) - 1} people examined, 0 findings, 0 mended.\n"


def test_an_outage_says_where_it_came_to(alice, bob, monkeypatch):
    first, second = sorted([alice, bob], key=lambda one: one.pk.hex)

    def examine(*, person, mend, tell):
        if person == second:
            raise StorageUnavailable from OSError("away")

    monkeypatch.setattr(check_messages, "examine_person", examine)
    out, errors = StringIO(), StringIO()
    with pytest.raises(CommandError) as error:
        call_command("check_messages", "--json", stdout=out, stderr=errors)
    assert error.value.returncode == 5
    assert errors.getvalue() == f"Examined up to {first.username}; go on with --after {first.pk}\n"
    assert json.loads(out.getvalue()) == {
        "people": 1, "examined_up_to": str(first.pk), "complete": False, "findings": [],
    }  # fmt: skip


def test_nobody_of_that_name_is_a_wrong_argument(db):
    with pytest.raises(CommandError) as error:
        call_command("check_messages", "--person", uuid.uuid4().hex[:16], stdout=StringIO())
    assert error.value.returncode == 2
