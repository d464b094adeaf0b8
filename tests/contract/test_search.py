"""GET /messages/search."""

from urllib.parse import urlsplit

import pytest

from tests.contract.talking import faults, refusal


def search(person, **asked):
    return person.api.get("messages/search", params=asked, headers=person.headers)


def test_words_are_found_newest_first_and_the_answer_says_how_far_it_looked(alice, bob):
    first = alice.send(bob.username, "Where is the Café?").json()
    second = bob.send(alice.username, "cafe\u0301s are closed").json()
    alice.send(bob.username, "What a pity")
    answer = search(bob, q="CAFE").json()
    assert answer == {
        "messages": [second, first],
        "older": None,
        "searched_back_to": first["timestamp"],
        "complete": True,
    }


def test_one_goes_on_at_older_or_along_the_link(alice, bob):
    sent = [alice.send(bob.username, f"a door, {number}").json() for number in range(5)][::-1]
    asked = {"q": '"a door"', "from": alice.username, "limit": "2"}
    first = search(bob, **asked)
    assert (first.json()["messages"], first.json()["complete"]) == (sent[:2], False)
    assert first.json()["searched_back_to"] == sent[1]["timestamp"]
    second = search(bob, **asked, before=first.json()["older"])
    assert second.json()["messages"] == sent[2:4]
    url = urlsplit(first.links["older"]["url"])
    assert url.path == "/api/v1/messages/search"
    assert bob.api.get(f"messages/search?{url.query}", headers=bob.headers).json() == second.json()


def test_filters_narrow_what_is_looked_at(alice, bob):
    sent = alice.send(bob.username, "a door").json()
    answered = bob.send(alice.username, "which door").json()
    today = sent["timestamp"][:10]

    def found(**asked):
        return search(bob, q="door", **asked).json()["messages"]

    assert found(**{"with": alice.username}) == [answered, sent]
    assert found(**{"from": alice.username}) == [sent]
    assert found(**{"from": bob.username}) == [answered]
    assert found(since=today, until=today) == [answered, sent]
    assert found(since="2020-01-01", until="2020-01-02") == []
    assert found(since=answered["timestamp"][:26] + "Z") == [answered]
    assert found(until=answered["timestamp"][:26] + "Z") == [sent]
    assert found(until="2020-01-01T00:00:00+01:00") == []
    assert found(since=today, tz="UTC") == [answered, sent]


def test_deleted_text_is_not_found(alice, bob):
    sent = alice.send(bob.username, "a secret").json()
    alice.api.delete(f"messages/{sent['id']}?for=everyone", headers=alice.headers)
    for person in (alice, bob):
        assert search(person, q="secret").json()["messages"] == []


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({}, "q", "blank"),
        ({"q": ""}, "q", "blank"),
        ({"q": '""'}, "q", "blank"),
        ({"q": "x" * 201}, "q", "too_long"),
        ({"q": "x", "limit": "101"}, "limit", "out_of_range"),
        ({"q": "x", "limit": "many"}, "limit", "invalid"),
        ({"q": "x", "before": "x"}, "before", "invalid_cursor"),
        ({"q": "x", "since": "yesterday"}, "since", "invalid_moment"),
        ({"q": "x", "since": "2026-02-30"}, "since", "invalid_moment"),
        ({"q": "x", "until": "9999-12-31"}, "until", "invalid_moment"),
        ({"q": "x", "until": "2026-11-24T10:00:00"}, "until", "invalid_moment"),
        ({"q": "x", "until": "2026-11-24", "tz": "Mars"}, "tz", "invalid_time_zone"),
    ],
)
def test_what_cannot_be_asked_is_refused(anybody, asked, field, code):
    response = search(anybody, **asked)
    assert refusal(response)[:2] == (400, "invalid_query")
    assert faults(response) == [(field, code)]


def test_somebody_one_has_no_message_of_is_not_found(alice, bob):
    for name in (bob.username, "nobody"):
        for filter_ in ("with", "from"):
            assert refusal(search(alice, q="x", **{filter_: name}))[:2] == (404, "conversation_not_found")


def test_strangers_are_refused(api):
    assert refusal(api.get("messages/search?q=x"))[:2] == (401, "not_authenticated")
