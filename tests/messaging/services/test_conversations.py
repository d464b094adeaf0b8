"""Lists of conversations, one of them, and what its owner decides about it."""

from functools import partial

import orjson
import pytest

from chatsystem.errors import ConversationNotFound, InvalidQuery, StorageUnavailable
from messaging.api.conversations import show_conversations
from messaging.services import conversations
from messaging.services.altering import delete_for_everyone, edit_message, remove_message
from messaging.services.conversations import Filters, hide, names_of_peers, read_conversations, read_one, set_flags
from messaging.services.history import read_conversation
from messaging.services.sending import deliver, send_message
from messaging.services.unread import count_unread, mark_unread, read_everything, read_up_to
from messaging.store import conversations as store
from messaging.store.session import get_session
from messaging.types import Cursor, LastMessage, Unread, conversation_id_of
from tests.messaging.making import DAY, SECOND, message, now


def send(sender, recipient, content="hello", *, ago=0):
    sent = message(sender, recipient, content, ticks=now() - ago)
    deliver(sent)
    return sent


def peers(owner, **options):
    return [one.conversation.peer for one in read_conversations(owner=owner, **options).summaries]


@pytest.fixture
def five(bob, new_person):
    """Five people who wrote to Bob, who wrote last standing first."""
    people = [new_person() for _ in range(5)]
    for number, person in enumerate(people):
        send(person, bob, f"from {number}", ago=(number + 1) * SECOND)
    return people


def names(people):
    return [person.username for person in people]


@pytest.mark.ring
def test_the_conversation_with_the_newest_message_stands_first(five, bob):
    assert peers(bob) == names(five)
    send(bob, five[3])
    assert peers(bob) == names([five[3], *five[:3], five[4]])


@pytest.mark.ring
def test_a_conversation_shows_its_last_message_and_what_is_unread(alice, bob):
    send(bob, alice, "first", ago=3 * SECOND)
    send(alice, bob, "second", ago=2 * SECOND)
    sent = send(alice, bob, " third\n line ")
    (summary,) = read_conversations(owner=bob).summaries
    assert summary == read_one(owner=bob, username=alice.username.upper())
    assert summary.conversation.peer == alice.username
    assert summary.last == LastMessage(sent.id, alice.username, "third line")
    assert summary.unread == Unread(2, more=False)
    (summary,) = read_conversations(owner=alice).summaries
    assert (summary.last, summary.unread) == (LastMessage(sent.id, alice.username, "third line"), Unread(0, more=False))
    assert summary.conversation.read_up_to == sent.id


def test_messages_to_oneself_are_a_conversation_with_oneself(alice):
    send(alice, alice, "note")
    assert peers(alice) == [alice.username]


@pytest.mark.ring
def test_pages_lead_from_one_to_the_next(five, bob):
    first = read_conversations(owner=bob, limit=2)
    second = read_conversations(owner=bob, limit=2, before=first.older)
    third = read_conversations(owner=bob, limit=2, before=second.older)
    pages = [[one.conversation.peer for one in page.summaries] for page in (first, second, third)]
    assert pages == [names(five[:2]), names(five[2:4]), names(five[4:])]
    assert third.older is None
    assert read_conversations(owner=bob, limit=5).older is None


@pytest.mark.parametrize("limit", [0, 101])
def test_a_limit_out_of_range_is_refused_and_not_cut(bob, limit, cql_requests):
    with pytest.raises(InvalidQuery) as refusal:
        read_conversations(owner=bob, limit=limit)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("limit", "out_of_range")]
    assert cql_requests == []


def test_one_can_ask_for_what_is_unread_or_isnt(five, bob):
    read_up_to(owner=bob, username=five[0].username, up_to=store.read_all(bob.pk)[0].last_id)
    send(bob, five[1], "answer")
    assert peers(bob, filters=Filters(unread=True)) == names(five[2:])
    assert peers(bob, filters=Filters(unread=False)) == names([five[1], five[0]])
    assert peers(bob, filters=Filters(unread=True), limit=2) == names(five[2:4])


def test_what_only_seemed_to_be_unread_is_left_out_and_the_page_is_filled_behind_it(five, bob):
    for conversation in store.read_all(bob.pk)[:2]:
        remove_message(owner=bob, message_id=conversation.last_id)
    page = read_conversations(owner=bob, limit=2, filters=Filters(unread=True))
    assert [one.conversation.peer for one in page.summaries] == names(five[2:4])
    rest = read_conversations(owner=bob, limit=2, before=page.older, filters=Filters(unread=True))
    assert [one.conversation.peer for one in rest.summaries] == names(five[4:])


def test_a_page_behind_very_much_that_only_seemed_to_be_unread_comes_short(five, bob, monkeypatch):
    monkeypatch.setattr(conversations, "LOOKED_AT", 2)
    for conversation in store.read_all(bob.pk)[:4]:
        remove_message(owner=bob, message_id=conversation.last_id)
    found, before = [], None
    for _ in range(3):
        page = read_conversations(owner=bob, limit=1, before=before, filters=Filters(unread=True))
        before = page.older
        found.append([one.conversation.peer for one in page.summaries])
    assert (found, before) == ([[], [], names(five[4:])], None)


def test_archived_conversations_can_be_asked_for_or_left_out(five, bob):
    set_flags(owner=bob, username=five[1].username, archived=True)
    assert peers(bob) == names(five)
    assert peers(bob, filters=Filters(archived=True)) == names(five[1:2])
    assert peers(bob, filters=Filters(archived=False)) == names([five[0], *five[2:]])


@pytest.mark.ring
def test_flags_are_set_each_for_itself_and_only_for_their_owner(alice, bob):
    send(alice, bob)

    def flags(owner, peer):
        conversation = read_one(owner=owner, username=peer.username).conversation
        return conversation.muted, conversation.archived

    assert flags(bob, alice) == (False, False)
    assert set_flags(owner=bob, username=alice.username, muted=True).conversation.muted
    assert flags(bob, alice) == (True, False)
    set_flags(owner=bob, username=alice.username, archived=True)
    assert flags(bob, alice) == (True, True)
    set_flags(owner=bob, username=alice.username, muted=False, archived=False)
    assert flags(bob, alice) == flags(alice, bob) == (False, False)


@pytest.mark.ring
@pytest.mark.parametrize("ahead", [5, -5])
def test_flags_that_follow_each_other_hold_though_clocks_are_five_seconds_apart(alice, bob, monkeypatch, ahead):
    send(alice, bob)
    true, skewed = store.now, lambda: now() // 10 + ahead * 1_000_000
    for number in range(4):
        monkeypatch.setattr(store, "now", true if number % 2 else skewed)
        wanted = number % 2 == 0
        set_flags(owner=bob, username=alice.username, muted=wanted)
        assert read_one(owner=bob, username=alice.username).conversation.muted is wanted


def test_setting_nothing_writes_nothing(alice, bob, cql_requests, redis_requests):
    send(alice, bob)
    cql_requests.clear()
    redis_requests.clear()
    set_flags(owner=bob, username=alice.username)
    assert cql_requests == ["conversation", "oldest_ids", "buckets_up"]
    assert "UNLINK" not in redis_requests


@pytest.mark.ring
def test_a_hidden_conversation_comes_back_with_its_next_message(alice, bob):
    first = send(alice, bob, "first")
    hide(owner=bob, username=alice.username)
    assert (peers(bob), peers(alice)) == ([], [bob.username])
    assert read_one(owner=bob, username=alice.username).last.id == first.id  # its address still leads there
    edit_message(author=alice, message_id=first.id, content="edited")
    assert peers(bob) == []
    send(alice, bob, "second")
    assert peers(bob) == [alice.username]


@pytest.mark.ring
def test_of_two_devices_that_hide_the_one_that_saw_more_decides_whichever_comes_last(alice, bob):
    send(alice, bob, "first")
    known = store.find(bob.pk, conversation_id_of(alice.pk, bob.pk))
    send(alice, bob, "second")
    store.hide(known)
    assert peers(bob) == [alice.username]
    hide(owner=bob, username=alice.username)
    store.hide(known)
    assert peers(bob) == []


@pytest.mark.ring
def test_the_last_message_of_a_list_follows_edits_and_deletions(alice, bob):
    send(alice, bob, "first", ago=2 * SECOND)
    sent = send(alice, bob, "second")

    def last():
        return read_one(owner=bob, username=alice.username).last

    edit_message(author=alice, message_id=sent.id, content="third\nline")
    assert last() == LastMessage(sent.id, alice.username, "third line")
    delete_for_everyone(author=alice, message_id=sent.id)
    assert last() == LastMessage(sent.id, alice.username, None)


@pytest.mark.ring
def test_the_last_message_is_the_newest_that_its_owner_did_not_remove(alice, bob):
    messages = [send(alice, bob, str(number), ago=number * 8 * DAY) for number in range(9)]
    for sent in messages[:7]:
        remove_message(owner=bob, message_id=sent.id)
    assert read_one(owner=bob, username=alice.username).last == LastMessage(messages[7].id, alice.username, "7")
    assert read_one(owner=alice, username=bob.username).last == LastMessage(messages[0].id, alice.username, "0")
    for sent in messages[7:]:
        remove_message(owner=bob, message_id=sent.id)
    assert read_one(owner=bob, username=alice.username).last is None
    assert peers(bob) == [alice.username]


def test_whoever_one_has_no_conversation_with_is_not_found_whatever_the_reason(alice, bob, new_person):
    send(alice, bob)
    suspended = new_person()
    suspended.is_active = False
    suspended.save()
    refusals = []
    for call in (read_one, hide, partial(set_flags, muted=True)):
        for username in (new_person().username, suspended.username, "nobody at all", "x" * 100):
            with pytest.raises(ConversationNotFound) as refusal:
                call(owner=bob, username=username)
            refusals.append(str(refusal.value))
    assert len(set(refusals)) == 1
    assert peers(bob) == [alice.username]


def test_a_conversation_outlives_the_peers_account(alice, bob, new_person):
    sent = send(alice, bob)
    username = alice.username
    alice.is_active = False
    alice.save()
    assert read_one(owner=bob, username=username).last.id == sent.id
    alice.delete()
    assert read_one(owner=bob, username=username.upper()).last.id == sent.id
    assert peers(bob) == [username]
    namesake = new_person(username)
    assert read_one(owner=bob, username=username).last.id == sent.id  # the namesake has not written yet
    newer = send(namesake, bob)
    assert read_one(owner=bob, username=username).last.id == newer.id


@pytest.mark.ring
def test_a_row_that_a_change_left_behind_is_no_conversation(alice, bob):
    get_session().execute(
        "UPDATE conversations SET muted = true WHERE owner_id = %s AND conversation_id = %s",
        (bob.pk, conversation_id_of(alice.pk, bob.pk)),
    )
    assert peers(bob) == []
    with pytest.raises(ConversationNotFound):
        read_one(owner=bob, username=alice.username)


def test_a_list_reads_so_many_rows_at_most(five, bob, monkeypatch):
    monkeypatch.setattr(store, "MAX_CONVERSATIONS", 3)
    assert len(read_conversations(owner=bob).summaries) == 3


def test_a_dead_cassandra_is_an_outage_and_neither_an_empty_list_nor_a_stranger(alice, bob, parts, dead):
    send(alice, bob)
    known = shown(bob)
    with dead(parts.cassandra):
        for call in (read_conversations, count_unread, read_everything):
            with pytest.raises(StorageUnavailable):
                call(owner=bob)
        for call in (read_one, hide, read_conversation, partial(set_flags, muted=True)):
            for username in (alice.username, "nobody at all"):
                with pytest.raises(StorageUnavailable):
                    call(owner=bob, username=username)
    assert shown(bob) == known


@pytest.mark.ring
def test_every_change_of_ones_own_leaves_a_line_in_ones_own_log(alice, bob):
    sent = send(alice, bob)
    set_flags(owner=bob, username=alice.username, muted=True, archived=True)
    hide(owner=bob, username=alice.username)
    read_up_to(owner=bob, username=alice.username, up_to=sent.id)
    mark_unread(owner=bob, username=alice.username, first=sent.id)

    def kinds(owner):
        days = (now() // DAY - 1, now() // DAY)
        rows = get_session().execute("SELECT kind FROM changes WHERE owner_id = %s AND day IN %s", (owner.pk, days))
        return [row["kind"] for row in rows]

    assert kinds(bob) == ["sent", "flags", "flags", "read", "read"]
    assert kinds(alice) == ["sent"]


def test_a_list_of_25_with_5_unread_takes_three_waves_at_most(bob, new_person, cql_waves, redis_requests):
    """Five unread conversations: three with a read position in this bucket, one in an old one, one without any."""
    people = [new_person() for _ in range(26)]
    for number, person in enumerate(people):
        send(person, bob, ago=40 * DAY if number == 3 else (number + 2) * SECOND)
        if number != 4:
            send(bob, person, "answer", ago=39 * DAY if number == 3 else (number + 1) * SECOND)
    for person in people[:4]:
        send(person, bob, "unread")
    send(people[3], bob, "and one between", ago=20 * DAY)
    edited = send(people[5], bob, "edited", ago=5 * SECOND)
    edit_message(author=people[5], message_id=edited.id, content="anew")
    read_up_to(owner=bob, username=people[5].username, up_to=edited.id)
    cql_waves.clear()
    redis_requests.clear()
    page = read_conversations(owner=bob, limit=25)
    assert sum(one.unread.count for one in page.summaries) == 6
    assert len(page.summaries) == 25
    assert cql_waves[0] == ["conversations"]
    assert sorted(cql_waves[1]) == ["at_or_older", *["buckets_up"] * 2, *["newer_ids"] * 4, *["oldest_ids"] * 2]
    assert cql_waves[2:] == [["oldest_ids"]]
    assert redis_requests == []


def test_a_list_without_anything_unread_is_one_read(bob, new_person, cql_waves):
    for _ in range(3):
        send(bob, new_person())
    cql_waves.clear()
    assert len(read_conversations(owner=bob).summaries) == 3
    assert cql_waves == [["conversations"]]


def shown(owner, **options):
    answer = conversations.show_conversations(owner=owner, show=show_conversations, limit=25, **options)
    return orjson.loads(answer)["conversations"]


def test_a_list_is_cached_until_something_happens_to_its_owner(alice, bob, cql_requests, redis_requests):
    shown(alice)  # Redis gets to know the scripts
    sent = send(alice, bob, "hello")
    first = shown(bob)
    cql_requests.clear()
    redis_requests.clear()
    assert shown(bob) == first
    assert cql_requests == []
    assert redis_requests == ["HMGET"]
    for change, member, value in (
        (lambda: read_up_to(owner=bob, username=alice.username, up_to=sent.id), "read_up_to", str(sent.id)),
        (
            lambda: mark_unread(owner=bob, username=alice.username, first=sent.id),
            "unread",
            {"count": 1, "more": False},
        ),
        (lambda: set_flags(owner=bob, username=alice.username, muted=True), "muted", True),
        (lambda: set_flags(owner=bob, username=alice.username, archived=True), "archived", True),
    ):
        change()
        assert shown(bob)[0][member] == value
    edit_message(author=alice, message_id=sent.id, content="edited")
    assert shown(bob)[0]["last"]["preview"] == "edited"
    delete_for_everyone(author=alice, message_id=sent.id)
    assert shown(bob)[0]["last"]["preview"] is None
    hide(owner=bob, username=alice.username)
    assert shown(bob) == []
    send_message(sender=alice, recipient=bob.username, content="back")
    assert shown(bob)[0]["last"]["preview"] == "back"


def test_filtered_lists_are_cached_apart(five, bob):
    set_flags(owner=bob, username=five[0].username, archived=True)
    for _ in range(2):
        assert len(shown(bob)) == 5
        assert len(shown(bob, filters=Filters(archived=True))) == 1
        assert len(shown(bob, filters=Filters(archived=False))) == 4
        assert len(shown(bob, filters=Filters(unread=False))) == 0


@pytest.mark.ring
def test_a_message_that_comes_while_a_list_is_read_is_not_hidden_by_it(alice, bob, monkeypatch):
    """The reader has read Cassandra and not yet filled the cache when the message is sent."""
    send(alice, bob, "old")
    read = store.read_all

    def read_slowly(owner_id):
        found = read(owner_id)
        monkeypatch.undo()
        send_message(sender=alice, recipient=bob.username, content="new")
        return found

    monkeypatch.setattr(store, "read_all", read_slowly)
    assert shown(bob)[0]["last"]["preview"] == "old"
    assert shown(bob)[0]["last"]["preview"] == "new"


def test_only_first_pages_of_the_usual_size_are_cached(five, bob, redis_requests):
    redis_requests.clear()
    conversations.show_conversations(owner=bob, show=show_conversations, limit=24)
    before = Cursor(store.read_all(bob.pk)[2].last_id)
    assert len(shown(bob, before=before)) == 2
    assert redis_requests == []


def test_the_names_of_those_one_talks_with_are_known_and_no_others(five, bob, alice):
    hide(owner=bob, username=five[1].username)
    assert names_of_peers(owner=bob) == names([five[0], *five[2:]])
    assert names_of_peers(owner=bob, limit=2) == names([five[0], five[2]])
    assert names_of_peers(owner=alice) == []
