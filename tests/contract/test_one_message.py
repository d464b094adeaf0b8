"""/messages/{id}, and replies."""

import re
import uuid

import pytest

from tests.contract.talking import INVALID_PAYLOAD, faults, refusal

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NOT_FOUND = (404, "message_not_found", "There is no such message.")


def patch(person, message_id, **body):
    return person.api.patch(f"messages/{message_id}", json=body, headers=person.headers)


def delete(person, message_id, query=""):
    return person.api.delete(f"messages/{message_id}{query}", headers=person.headers)


@pytest.fixture
def sent(alice, bob):
    return alice.send(bob.username, "hello").json()


def test_both_people_get_a_message_by_its_id(alice, bob, sent):
    for person in (alice, bob):
        for path in (f"messages/{sent['id']}", f"messages/{sent['id']}/", f"messages/{sent['id'].upper()}"):
            response = person.get(path)
            assert (response.status_code, response.json()) == (200, sent)


def test_a_strangers_an_unknown_and_a_removed_message_are_alike(enter, bob, sent):
    stranger = enter()
    assert delete(bob, sent["id"]).status_code == 204
    for person, message_id in ((stranger, sent["id"]), (bob, sent["id"]), (bob, uuid.uuid1()), (bob, uuid.uuid4())):
        for response in (
            person.get(f"messages/{message_id}"),
            patch(person, message_id, content="x"),
            delete(person, message_id),
            delete(person, message_id, "?for=everyone"),
        ):
            assert refusal(response) == NOT_FOUND


def test_what_is_no_id_stands_for_nothing(anybody):
    for path in ("messages/1", "messages/x", "messages/00000000-0000-0000-0000-00000000000g"):
        assert refusal(anybody.get(path))[:2] == (404, "not_found")


def test_nobody_gets_a_message_without_a_token(api, sent):
    assert refusal(api.get(f"messages/{sent['id']}"))[:2] == (401, "not_authenticated")


def test_an_edit_is_answered_and_shown_to_both_with_its_time(alice, bob, sent):
    response = patch(alice, sent["id"], content="good bye")
    assert response.status_code == 200
    edited = response.json()
    assert MOMENT.fullmatch(edited["edited_at"])
    assert edited == {**sent, "content": "good bye", "edited_at": edited["edited_at"]}
    for person in (alice, bob):
        assert person.history()["messages"] == person.history("?limit=10")["messages"] == [edited]
        assert person.get(f"messages/{sent['id']}").json() == edited


@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": 1}, {"content": ""}, {"content": " "}])
def test_an_edit_that_cannot_be_is_refused(alice, sent, body):
    assert refusal(patch(alice, sent["id"], **body)) == INVALID_PAYLOAD
    assert alice.history()["messages"] == [sent]


def test_only_the_author_edits_and_deletes_for_everyone(bob, sent):
    forbidden = (403, "not_yours", "Only its author can do this to a message.")
    assert refusal(patch(bob, sent["id"], content="x")) == forbidden
    assert refusal(delete(bob, sent["id"], "?for=everyone")) == forbidden
    assert bob.history()["messages"] == [sent]


def test_deleting_for_everyone_leaves_a_labelled_gap(alice, bob, sent):
    for person in (alice, bob):
        assert person.history()["messages"] == [sent]
    response = delete(alice, sent["id"], "?for=everyone")
    assert (response.status_code, response.content) == (204, b"")
    gap = alice.get(f"messages/{sent['id']}").json()
    assert MOMENT.fullmatch(gap["redacted_at"])
    assert gap == {**sent, "content": "", "redacted_at": gap["redacted_at"]}
    for person in (alice, bob):
        assert person.history()["messages"] == person.history("?limit=10")["messages"] == [gap]
        assert person.history()["pagination"]["totalMessages"] == 1
    assert refusal(patch(alice, sent["id"], content="x"))[:2] == (409, "message_redacted")
    assert delete(alice, sent["id"], "?for=everyone").status_code == 204


@pytest.mark.parametrize("query", ["", "?for=me"])
def test_deleting_for_oneself_leaves_the_others_copy(alice, bob, sent, query):
    assert bob.history()["messages"] == [sent]
    assert delete(bob, sent["id"], query).status_code == 204
    assert bob.history()["messages"] == bob.history("?limit=10")["messages"] == []
    assert bob.history()["pagination"]["totalMessages"] == 0
    assert alice.history()["messages"] == [sent]


@pytest.mark.parametrize("query", ["?for=", "?for=all", "?for=Everyone"])
def test_deleting_for_whom_nobody_knows_is_refused_and_deletes_nothing(alice, sent, query):
    response = delete(alice, sent["id"], query)
    assert refusal(response)[0] == 400
    assert faults(response) == [("for", "invalid_choice")]
    assert alice.history()["messages"] == [sent]


def test_other_methods_are_refused_with_those_that_are_taken(alice, sent):
    response = alice.post(f"messages/{sent['id']}", {})
    assert refusal(response)[0] == 405
    assert response.headers["Allow"] == "GET, HEAD, PATCH, DELETE"


def test_a_reply_names_what_it_answers(alice, bob, sent):
    response = bob.post("messages/send", {"recipient": alice.username, "content": "yes", "reply_to": sent["id"]})
    assert response.status_code == 201
    assert response.json()["reply_to"] == sent["id"]
    for person in (alice, bob):
        assert person.history()["messages"] == [response.json(), sent]


def test_a_reply_to_null_is_no_reply(alice, bob):
    response = alice.post("messages/send", {"recipient": bob.username, "content": "hello", "reply_to": None})
    assert (response.status_code, response.json()["reply_to"]) == (201, None)


def test_only_what_the_sender_has_in_this_conversation_can_be_answered(alice, bob, enter, sent):
    carol = enter()
    removed = alice.send(bob.username, "removed").json()
    delete(bob, removed["id"])
    for sender, recipient, reply_to in (
        (bob, carol, sent["id"]),  # of another conversation
        (carol, alice, sent["id"]),  # a stranger's
        (bob, alice, removed["id"]),
        (bob, alice, str(uuid.uuid1())),
        (bob, alice, str(uuid.uuid4())),
    ):
        body = {"recipient": recipient.username, "content": "yes", "reply_to": reply_to}
        response = sender.post("messages/send", body)
        assert refusal(response)[:2] == (400, "reply_not_found")
        assert faults(response) == [("reply_to", "reply_not_found")]
    assert carol.history()["messages"] == []
    assert bob.history()["messages"] == [sent]


@pytest.mark.parametrize("reply_to", ["x", "", [], {}, True, 1.5, -1])
def test_a_reply_to_what_is_no_id_is_refused(alice, bob, reply_to):
    response = alice.post("messages/send", {"recipient": bob.username, "content": "yes", "reply_to": reply_to})
    assert refusal(response)[0] == 400
    assert [field for field, _ in faults(response)] == ["reply_to"]
    assert bob.history()["messages"] == []
