"""Searching in one's own messages: all of what is there, newest first, in bounded steps."""

import pytest

from chatsystem.errors import ConversationNotFound, InvalidQuery
from messaging import search
from messaging.search import scanning
from messaging.services import altering
from messaging.services.search import Filters, search_messages
from messaging.services.sending import send_message
from messaging.store import writing
from messaging.types import Cursor, last_id_at
from tests.messaging.making import DAY, message, now


def send(sender, recipient, content):
    return send_message(sender=sender, recipient=recipient.username, content=content)


def find(owner, text, **filters):
    return search_messages(owner=owner, text=text, filters=Filters(**filters)).messages


def place(ticks):
    return Cursor(last_id_at(ticks // 10))


@pytest.mark.ring
def test_what_one_sent_and_got_is_found_newest_first(alice, bob):
    sent = [send(alice, bob, "the blue door"), send(bob, alice, "a red door"), send(bob, bob, "my own door")]
    send(alice, bob, "a window")
    assert find(bob, "DOOR") == sent[::-1]
    assert find(alice, "door") == sent[1::-1]
    found = search_messages(owner=bob, text="door the")
    assert (found.messages, found.older) == (sent[:1], None)


def test_nobody_finds_what_others_wrote_to_each_other(alice, bob, new_person):
    send(alice, bob, "a secret")
    assert find(new_person(), "secret") == []


@pytest.mark.ring
def test_redacted_removed_and_replaced_text_is_never_found(alice, bob):
    redacted, removed, edited = (send(alice, bob, f"{word} secret") for word in ("one", "two", "three"))
    altering.delete_for_everyone(author=alice, message_id=redacted.id)
    altering.remove_message(owner=bob, message_id=removed.id)
    edited = altering.edit_message(author=alice, message_id=edited.id, content="now public")
    assert find(bob, "secret") == []
    assert find(alice, "secret") == [removed]
    assert find(bob, "public") == find(alice, "public") == [edited]


def test_only_one_conversation_or_one_sender_can_be_looked_at(alice, bob, new_person):
    carol = new_person()
    from_alice, from_bob = send(alice, bob, "one door"), send(bob, alice, "two doors")
    from_carol, to_carol = send(carol, bob, "three doors"), send(bob, carol, "four doors")
    own = send(bob, bob, "five doors")
    a, b, c = (one.username.upper() for one in (alice, bob, carol))
    assert find(bob, "door") == [own, to_carol, from_carol, from_bob, from_alice]
    assert find(bob, "door", peer=a) == [from_bob, from_alice]
    assert find(bob, "door", sender=a) == [from_alice]
    assert find(bob, "door", sender=b) == [own, to_carol, from_bob]
    assert find(bob, "door", peer=c, sender=c) == [from_carol]
    assert find(bob, "door", peer=c, sender=b) == [to_carol]
    assert find(bob, "door", peer=c, sender=a) == []
    assert find(bob, "door", peer=b, sender=b) == [own]


def test_whom_one_has_no_message_of_is_not_found(alice, bob):
    for filters in ({"peer": bob.username}, {"sender": bob.username}, {"peer": "nobody"}):
        with pytest.raises(ConversationNotFound):
            find(alice, "door", **filters)


def test_a_closed_accounts_messages_are_still_found_by_its_name(alice, bob):
    sent = send(alice, bob, "door")
    alice.is_active = False
    alice.save()
    assert find(bob, "door", peer=alice.username) == [sent]


def test_only_a_stretch_of_time_can_be_looked_at(alice, bob):
    ticks = [now() - number * 4 * DAY for number in range(6)]
    messages = [message(alice, bob, f"door {number}", ticks=one) for number, one in enumerate(ticks)]
    for one in messages:
        writing.append(one)
    assert find(bob, "door", since=place(ticks[2] - 10)) == messages[:3]
    assert find(bob, "door", since=place(ticks[2])) == messages[:2]
    assert find(bob, "door", until=place(ticks[2])) == messages[2:]
    assert find(bob, "door", until=place(ticks[2] - 10)) == messages[3:]
    assert find(bob, "door", since=place(ticks[4] - 10), until=place(ticks[2])) == messages[2:5]
    assert find(bob, "door", until=Cursor(messages[2].id)) == messages[2:]
    assert find(bob, "door", since=Cursor(messages[2].id)) == messages[:2]
    found = search_messages(owner=bob, text="door", filters=Filters(since=place(ticks[4] - 10)), limit=2)
    older = search_messages(owner=bob, text="door", filters=Filters(since=place(ticks[4] - 10)), before=found.older)
    assert (older.messages, older.older) == (messages[2:5], None)


def walk(owner, text, **options):
    """All that is found, step by step, and how many steps that took."""
    found = search_messages(owner=owner, text=text, **options)
    messages, steps = [*found.messages], 1
    while found.older:
        found = search_messages(owner=owner, text=text, before=found.older, **options)
        messages, steps = messages + found.messages, steps + 1
    return messages, steps


@pytest.fixture
def history(alice, bob):
    """300 messages over a month, every seventh with a door; newest first."""
    messages = [
        message(alice, bob, "a door" if number % 7 == 0 else "a window", ticks=now() - number * DAY // 10)
        for number in range(300)
    ]
    for one in messages:
        writing.append(one)
    return messages


@pytest.mark.parametrize(("limit", "steps"), [(1, 44), (10, 5), (43, 2), (100, 1)])
def test_steps_find_everything_once(bob, history, limit, steps):
    assert walk(bob, "door", limit=limit) == (history[::7], steps)


def test_a_step_looks_at_a_bounded_number_of_rows_and_says_how_far_it_came(bob, history, monkeypatch, cql_requests):
    monkeypatch.setattr(scanning, "SEARCH_ROWS", 40)
    found = search_messages(owner=bob, text="door")
    assert (found.messages, found.older, found.reached) == (history[:40:7], Cursor(history[39].id), history[39].id)
    nothing = search_messages(owner=bob, text="elephant")
    assert (nothing.messages, nothing.older, nothing.reached) == ([], Cursor(history[39].id), history[39].id)
    assert walk(bob, "door") == (history[::7], 8)
    assert walk(bob, "elephant") == ([], 8)


def test_a_step_ends_soon_after_its_time_and_always_gets_on(bob, history, monkeypatch):
    monkeypatch.setattr(scanning, "SEARCH_SECONDS", -1)
    found = search_messages(owner=bob, text="door")
    assert (found.messages, found.reached) == (history[:50:7], history[49].id)
    assert walk(bob, "door") == (history[::7], 7)


def test_removed_rows_count_as_looked_at(alice, bob, history, monkeypatch):
    monkeypatch.setattr(scanning, "SEARCH_ROWS", 20)
    for one in history[:30]:
        altering.remove_message(owner=bob, message_id=one.id)
    found = search_messages(owner=bob, text="door")
    assert (found.messages, found.reached) == ([], history[19].id)
    assert walk(bob, "door")[0] == history[35::7]


def test_an_empty_inbox_is_searched_completely(alice):
    found = search_messages(owner=alice, text="door")
    assert (found.messages, found.older, found.reached) == ([], None, None)


def test_the_requests_of_a_search(bob, history, cql_requests):
    search_messages(owner=bob, text="door")
    assert cql_requests == ["newest", "buckets_down", *["newest"] * (cql_requests.count("newest") - 1)]
    assert cql_requests.count("newest") in (3, 4, 5)


def test_a_text_as_long_as_it_may_be_is_looked_for(alice, bob):
    sent = send_message(sender=alice, recipient=bob.username, content="x" * 200)
    assert search_messages(owner=bob, text="x" * 200).messages == [sent]


@pytest.mark.parametrize(("text", "code"), [("", "blank"), (' " " ', "blank"), ("x" * 201, "too_long")])
def test_what_cannot_be_looked_for_is_refused_and_nothing_is_read(alice, cql_requests, text, code):
    with pytest.raises(InvalidQuery) as refusal:
        search_messages(owner=alice, text=text)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("q", code)]
    assert cql_requests == []


def test_an_index_can_stand_in_the_place_of_the_scan(alice, monkeypatch):
    asked = []

    def index(query, *, before, limit):
        asked.append((query.terms, before, limit))
        return search.Found([], older=None, reached=None)

    monkeypatch.setattr(search, "find", index)
    search_messages(owner=alice, text='Red "two  doors"', limit=7)
    assert asked == [(["two doors", "red"], None, 7)]
