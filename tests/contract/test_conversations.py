"""/conversations/ and /unread."""

import uuid

import pytest

from tests.contract.talking import INVALID_PAYLOAD, faults, refusal

NOT_FOUND = (404, "conversation_not_found", "There is no such conversation.")
MEMBERS = ["peer", "last", "unread", "read_up_to", "unread_from", "muted", "archived"]


def patch(person, path, body):
    return person.api.patch(path, json=body, headers=person.headers)


def delete(person, path):
    return person.api.delete(path, headers=person.headers)


def conversations(person, query=""):
    response = person.get(f"conversations/{query}")
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
def sent(alice, bob):
    """Three messages of Alice to Bob, oldest first."""
    return [alice.send(bob.username, f"message {number}").json() for number in range(3)]


def test_a_conversation_says_all_that_a_list_needs(alice, bob, sent):
    shown = {
        "peer": alice.username,
        "last": {
            "id": sent[2]["id"],
            "sender": alice.username,
            "preview": "message 2",
            "timestamp": sent[2]["timestamp"],
        },
        "unread": {"count": 3, "more": False},
        "read_up_to": None,
        "unread_from": None,
        "muted": False,
        "archived": False,
    }
    assert conversations(bob) == {"conversations": [shown], "older": None}
    assert list(conversations(bob)["conversations"][0]) == MEMBERS
    for path in (
        f"conversations/{alice.username}",
        f"conversations/{alice.username}/",
        f"conversations/{alice.username.upper()}",
    ):
        response = bob.get(path)
        assert (response.status_code, response.json()) == (200, shown)


def test_nobody_has_no_conversations(bob):
    assert conversations(bob) == {"conversations": [], "older": None}
    assert bob.get("unread").json() == {"count": 0, "more": False}


def test_lists_are_paged_and_filtered(enter, alice, bob, sent):
    carol = enter()
    carol.send(bob.username, "from carol")
    patch(bob, f"conversations/{carol.username}", {"archived": True})
    bob.send(carol.username, "answer")
    first = conversations(bob, "?limit=1")
    assert [one["peer"] for one in first["conversations"]] == [carol.username]
    second = conversations(bob, f"?limit=1&before={first['older']}")
    assert [one["peer"] for one in second["conversations"]] == [alice.username]
    assert second["older"] is None
    for query, expected in (
        ("?unread=true", [alice]),
        ("?unread=false", [carol]),
        ("?archived=true", [carol]),
        ("?archived=false", [alice]),
        ("?archived=true&unread=true", []),
    ):
        found = conversations(bob, query)["conversations"]
        assert [one["peer"] for one in found] == [one.username for one in expected]


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("?limit=0", ("limit", "out_of_range")),
        ("?limit=101", ("limit", "out_of_range")),
        ("?limit=x", ("limit", "invalid")),
        ("?before=x", ("before", "invalid_cursor")),
        ("?before=", ("before", "invalid_cursor")),
        ("?unread=1", ("unread", "invalid")),
        ("?archived=", ("archived", "invalid")),
    ],
)
def test_a_list_that_can_not_be_is_refused_by_the_name_of_its_parameter(anybody, query, fault):
    response = anybody.get(f"conversations/{query}")
    assert refusal(response)[:2] == (400, "invalid_query")
    assert faults(response) == [fault]


def test_whoever_one_has_no_conversation_with_is_not_found(enter, alice, bob, sent):
    stranger = enter()
    for username in (stranger.username, "nobody", "%F0%9F%98%80", "a%20b", "x" * 300, "read", "%2E%2E"):
        path = f"conversations/{username}"
        assert refusal(bob.get(path)) == NOT_FOUND
        assert refusal(bob.get(f"{path}/messages")) == NOT_FOUND
        assert refusal(patch(bob, path, {"muted": True})) == NOT_FOUND
        assert refusal(delete(bob, path)) == NOT_FOUND
        assert refusal(bob.post(f"{path}/read", {"up_to": sent[0]["id"]})) == NOT_FOUND
        assert refusal(bob.post(f"{path}/unread", {"from": sent[0]["id"]})) == NOT_FOUND
    assert len(conversations(bob)["conversations"]) == 1


def test_flags_are_set_and_answered(alice, bob, sent):
    path = f"conversations/{alice.username}"
    answer = patch(bob, path, {"muted": True, "unknown": 1})
    assert (answer.status_code, answer.json()["muted"], answer.json()["archived"]) == (200, True, False)
    answer = patch(bob, path, {"archived": True, "muted": False})
    assert (answer.json()["muted"], answer.json()["archived"]) == (False, True)
    assert patch(bob, path, {}).json() == answer.json() == bob.get(path).json()


@pytest.mark.parametrize("value", ["true", 1, 0, None, [], "x"])
def test_a_flag_is_true_or_false_and_nothing_like_it(alice, bob, sent, value):
    answer = patch(bob, f"conversations/{alice.username}", {"muted": value})
    assert refusal(answer) == INVALID_PAYLOAD
    assert [field for field, _ in faults(answer)] == ["muted"]
    assert not bob.get(f"conversations/{alice.username}").json()["muted"]


@pytest.mark.parametrize("body", [[], "x", 1])
def test_flags_in_no_object_are_refused(alice, bob, sent, body):
    assert refusal(patch(bob, f"conversations/{alice.username}", body)) == INVALID_PAYLOAD


def test_a_hidden_conversation_comes_back_with_its_next_message(alice, bob, sent):
    answer = delete(bob, f"conversations/{alice.username}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert conversations(bob)["conversations"] == []
    assert bob.get("unread").json()["count"] == 0
    assert len(bob.get(f"conversations/{alice.username}/messages").json()["messages"]) == 3
    alice.send(bob.username, "back")
    assert [one["peer"] for one in conversations(bob)["conversations"]] == [alice.username]
    assert bob.get("unread").json()["count"] == 4


def test_reading_and_marking_answer_with_the_conversation(alice, bob, sent):
    path = f"conversations/{alice.username}"
    read = bob.post(f"{path}/read", {"up_to": sent[1]["id"]})
    assert read.status_code == 200
    assert read.json() == bob.get(path).json() == conversations(bob)["conversations"][0]
    assert (read.json()["read_up_to"], read.json()["unread"]) == (sent[1]["id"], {"count": 1, "more": False})
    marked = bob.post(f"{path}/unread/", {"from": sent[0]["id"].upper()})
    assert (marked.status_code, marked.json()) == (200, bob.get(path).json())
    assert (marked.json()["unread_from"], marked.json()["unread"]["count"]) == (sent[0]["id"], 3)
    assert bob.get("unread/").json() == {"count": 3, "more": False}
    assert bob.post("read", {}).status_code == 204
    assert bob.get("unread").json() == {"count": 0, "more": False}
    assert bob.get(path).json()["unread_from"] is None


@pytest.mark.parametrize("value", [None, "", "x", 1, [], "6f1c3a52-9b0e-4d57-8c41-2e7a90d5b318", str(uuid.UUID(int=0))])
@pytest.mark.parametrize(("action", "field"), [("read", "up_to"), ("unread", "from")])
def test_what_is_no_message_id_is_refused(anybody, action, field, value):
    for body in ({field: value}, {}, [], None):
        answer = anybody.post(f"conversations/{anybody.username}/{action}", body)
        assert refusal(answer) == INVALID_PAYLOAD
        assert faults(answer) == [(field, "invalid")]


def test_an_id_of_the_future_is_refused(anybody):
    future = str(uuid.UUID("ffffffff-ffff-1fff-8000-000000000000"))
    answer = anybody.post(f"conversations/{anybody.username}/read", {"up_to": future})
    assert (refusal(answer), faults(answer)) == (INVALID_PAYLOAD, [("up_to", "in_the_future")])


def test_conversations_are_for_those_who_are_logged_in(api):
    for path in ("conversations/", "conversations/x", "conversations/x/messages", "unread"):
        assert api.get(path).status_code == 401


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("conversations/", "GET"),
        ("conversations/read", "GET, PATCH, DELETE"),  # somebody may be called so
        ("conversations/somebody", "GET, PATCH, DELETE"),
        ("conversations/somebody/read", "POST"),
        ("conversations/somebody/unread", "POST"),
        ("conversations/somebody/messages", "GET"),
        ("unread", "GET"),
        ("read", "POST"),
    ],
)
def test_other_methods_are_refused_with_those_that_are_taken(anybody, path, allowed):
    answer = anybody.api.put(path, json={}, headers=anybody.headers)
    assert refusal(answer)[0] == 405
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == set(allowed.split(", "))
