"""`manage.py look_up`."""

from uuid import uuid4

import pytest

from messaging.services.altering import remove_message
from tests.factories import new_name
from tests.moderation.commands.running import WHY, refused, run, run_json
from tests.moderation.making import conversation, entries, last_number, spam


@pytest.fixture
def sent(alice, bob):
    return conversation(alice, bob, 4)


def contents(report):
    return [one["content"] for one in report["messages"]]


def test_each_way_to_look(alice, bob, sent):
    began = last_number()
    one = sent[1]
    assert contents(run_json("look_up", "message", one.id, "--of", alice.username, *WHY)) == ["number 1"]
    around = run_json("look_up", "around", one.id, "--of", bob.pk, "--each-side", 1, *WHY)
    assert contents(around) == ["number 2", "number 1", "number 0"]
    page = run_json("look_up", "person", alice.username, "--limit", 3, *WHY)
    assert contents(page) == ["number 3", "number 2", "number 1"]
    assert page["older"] == str(one.id)
    page = run_json("look_up", "pair", alice.username, bob.username, "--before", page["older"], *WHY)
    assert (contents(page), page["older"]) == (["number 0"], None)
    assert run("look_up", "person", alice.username, "--until", "2020-01-01", *WHY) == "There is nothing.\n"
    assert [action for action, *_ in entries(began)] == ["messages.looked_up"] * 5
    assert "number" not in str(entries(began))


def test_a_message_is_one_line_whatever_is_in_it(alice, bob):
    sent = spam(alice, bob, 'a\n"b"\tä')
    remove_message(owner=bob, message_id=sent.id)
    assert run("look_up", "message", sent.id, "--of", bob.username, *WHY) == (
        f'{sent.timestamp}  {sent.id}  {alice.username} to {bob.username}: "a\\n\\"b\\"\\tä" removed by {bob.pk}\n'
    )


def test_programs_get_all_of_it(alice, bob):
    sent = spam(alice, bob)
    assert run_json("look_up", "message", sent.id, "--of", bob.username, *WHY) == {
        "messages": [
            {
                "id": str(sent.id),
                "timestamp": sent.timestamp,
                "sender_id": str(alice.pk),
                "sender": alice.username,
                "recipient_id": str(bob.pk),
                "recipient": bob.username,
                "content": "Buy!",
                "reply_to": None,
                "edited_at": None,
                "redacted_at": None,
                "removed_by": [],
            }
        ],
        "older": None,
    }


def test_a_dry_run_shows_nothing_and_a_look_needs_a_reason(alice, sent):
    began = last_number()
    assert "number" not in run("look_up", "person", alice.username, "--dry-run", *WHY)
    with pytest.raises(Exception, match="--reason"):
        run("look_up", "person", alice.username)
    assert refused("look_up", "person", alice.username, "--reason", " ")[0] == 1
    assert entries(began) == []


def test_what_is_not_there_ends_with_1_and_an_outage_with_2(alice, sent, new_person, parts, hanging):
    assert refused("look_up", "message", sent[0].id, "--of", new_person().username, *WHY) == (
        1,
        "There is no such message. (message_not_found)",
    )
    assert refused("look_up", "person", new_name(), *WHY)[0] == 1
    assert refused("look_up", "person", alice.username, "--before", uuid4(), *WHY) == (
        1,
        "This is no place in a history; take one from an answer. (invalid_query)",
    )
    with hanging(parts.cassandra):
        assert refused("look_up", "person", alice.username, *WHY)[0] == 2
