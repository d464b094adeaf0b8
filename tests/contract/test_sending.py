"""POST /messages/send."""

import json
import re
import unicodedata
from uuid import UUID, uuid4

import pytest

from tests.contract.talking import INVALID_PAYLOAD, faults, refusal
from tests.factories import new_name

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
FIELDS = ["id", "sender", "recipient", "timestamp", "content", "reply_to", "edited_at", "redacted_at"]


def test_sending_answers_the_message(alice, bob):
    response = alice.send(bob.username, "hello")
    assert response.status_code == 201
    assert response.headers["Content-Type"] == "application/json"
    message = response.json()
    assert list(message) == FIELDS
    assert [message[name] for name in FIELDS[5:]] == [None, None, None]
    assert message["id"] == str(UUID(message["id"]))
    assert message["sender"] == alice.username
    assert message["recipient"] == bob.username
    assert message["content"] == "hello"
    assert TIMESTAMP.fullmatch(message["timestamp"])


@pytest.mark.ring
def test_both_people_and_the_sender_see_the_same_message(alice, bob):
    sent = alice.send(bob.username, "hello").json()
    assert alice.history()["messages"] == bob.history()["messages"] == [sent]


def test_the_recipient_is_matched_without_case_and_named_as_registered(alice, bob):
    sent = alice.send(bob.username.upper(), "hello").json()
    assert sent["recipient"] == bob.username
    assert bob.history()["messages"] == [sent]


def test_an_unknown_recipient_is_a_400_and_nothing_is_stored(alice):
    response = alice.send(new_name(), "hello")
    assert refusal(response) == (400, "recipient_not_found", "recipient does not exist")
    assert faults(response) == [("recipient", "recipient_not_found")]
    assert alice.history()["messages"] == []


def test_fields_that_a_client_makes_up_are_ignored(alice, bob):
    forged = {"id": str(uuid4()), "sender": bob.username, "timestamp": "2001-01-01T00:00:00Z", "owner": "x", "__": []}
    sent = alice.post("messages/send", {"recipient": bob.username, "content": "hello", **forged}).json()
    assert sent["sender"] == alice.username
    assert sent["id"] != forged["id"]
    assert sent["timestamp"] > "2020"
    assert bob.history()["messages"] == [sent]


CONTENTS = [
    "x",
    " spaces at both ends ",
    "\n\nline ends\r\nof each\rkind\n",
    "\ttabs\t",
    unicodedata.normalize("NFD", "é ñ 한글"),
    unicodedata.normalize("NFC", "é ñ 한글"),
    "ﬁ ① Å ﷺ",
    "שלום, مرحبا",
    "\u202eright to left\u202c",
    "👩‍👩‍👧‍👦 👍🏽 🇳🇱",
    "zero\u200bwidth\ufeff",
    "\"quotes\" 'both' \\ back\\slash \\n \\u0041",
    "<script>alert(1)</script> &amp; <b>",
    "{{ 7 * 7 }} {% now %} ${x} %s {0}",
    "'; DROP TABLE timeline; --",
    '{"content": "json"}',
    "a\u2028line\u2029paragraph",
    "𐀀\U0010ffff\ufffd",
]


def test_contents_come_back_exactly_as_they_were_sent(alice, bob):
    for content in CONTENTS:
        response = alice.send(bob.username, content)
        assert response.status_code == 201, content
        assert response.json()["content"] == content
    for person in alice, bob:
        page = person.history("?pageSize=100")
        assert [message["content"] for message in reversed(page["messages"])] == CONTENTS


def test_escapes_in_json_are_the_characters_they_stand_for(alice, bob):
    body = b'{"recipient": "%s", "content": "\\u0041\\ud83e\\udd8a\\/\\t"}' % bob.username.encode()
    response = alice.api.post("messages/send", content=body, headers=alice.headers)
    assert response.json()["content"] == "A🦊/\t"


@pytest.mark.ring
@pytest.mark.parametrize("content", ["x" * 4_000, "é" * 4_000, "🦊" * 2_500, "\n" * 3_999 + "x"])
def test_contents_up_to_the_limits_are_taken(alice, bob, content):
    sent = alice.send(bob.username, content)
    assert sent.status_code == 201
    assert [message["content"] for message in bob.history()["messages"]] == [content]


@pytest.mark.parametrize(
    ("content", "code", "limit"),
    [
        ("x" * 4_001, "too_long", 4_000),
        ("€" * 4_000, "too_many_bytes", 10_000),
        ("🦊" * 2_501, "too_many_bytes", 10_000),
        (" \t\r\n", "blank", None),
        ("\u3000\u00a0", "blank", None),
        ("a\x07b", "control_character", None),
        ("a\x1bb", "control_character", None),
        ("a\x85b", "control_character", None),
    ],
)
def test_a_content_that_cannot_be_is_refused_with_its_limit_and_nothing_is_stored(alice, bob, content, code, limit):
    response = alice.send(bob.username, content)
    assert refusal(response) == INVALID_PAYLOAD
    (error,) = response.json()["errors"]
    assert (error["field"], error["code"], error.get("limit")) == ("content", code, limit)
    assert alice.history()["messages"] == bob.history()["messages"] == []


def test_a_recipient_that_is_too_long_for_a_name_is_refused(anybody):
    response = anybody.send("a" * 17, "hello")
    assert refusal(response) == INVALID_PAYLOAD
    assert faults(response) == [("recipient", "too_long")]


@pytest.mark.parametrize("recipient", [" ", "a\nb", "a\u200bb"])
def test_a_recipient_that_cannot_be_a_name_does_not_exist(alice, recipient):
    assert refusal(alice.send(recipient, "hello"))[0] == 400
    assert alice.history()["messages"] == []


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/xml; charset=latin-1",
        "nonsense",
        "",
        None,
    ],
)
def test_json_is_read_whatever_type_is_declared(alice, bob, media_type):
    body = json.dumps({"recipient": bob.username, "content": "héllo"}, ensure_ascii=False).encode()
    headers = alice.headers if media_type is None else {**alice.headers, "Content-Type": media_type}
    response = alice.api.post("messages/send", content=body, headers=headers)
    assert response.status_code == 201, response.text
    assert bob.history()["messages"] == [response.json()]
    assert response.json()["content"] == "héllo"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "application/json;q=0"])
def test_json_is_answered_whatever_is_accepted(anybody, accept):
    response = anybody.api.get("messages/", headers={**anybody.headers, "Accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
