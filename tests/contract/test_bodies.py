"""Bodies that are not what they should be, at each address that takes one."""

import httpx
import pytest

from tests.contract.talking import INVALID_PAYLOAD, faults, nested, padded, refusal
from tests.factories import PASSWORD, new_name

PATHS = ["auth/register", "auth/login", "messages/send"]
NAMES = {"auth/register": "username", "auth/login": "username", "messages/send": "recipient"}
OTHERS = {"auth/register": "password", "auth/login": "password", "messages/send": "content"}
LIMIT = 64 * 1024

MALFORMED = {
    "no body": b"",
    "blanks": b"  \n",
    "a word": b"hello",
    "half an object": b'{"username": "amy", "password"',
    "single quotes": b"{'username': 'amy'}",
    "a comma at the end": b'{"username": "amy",}',
    "a form": b"username=amy&password=correct+horse",
    "a list": b"[]",
    "a list of objects": b'[{"username": "amy", "password": "correct horse"}]',
    "null": b"null",
    "true": b"true",
    "a number": b"1",
    "a text": b'"amy"',
    "an empty object": b"{}",
    "NaN": b'{"username": NaN, "password": NaN}',
    "infinity": b'{"username": Infinity}',
    "no UTF-8": b'{"username": "\xff\xfe", "password": "\xe9", "recipient": "\xff", "content": "\xff"}',
    "UTF-16": '{"username": "amy"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"username": "amy"}',
    "half a surrogate pair": b'{"username": "\\ud83e", "recipient": "\\udd8a", "content": "\\ud83e"}',
    "a raw line end": b'{"username": "a\nb", "password": "a\nb", "content": "a\nb"}',
    "deep nesting": nested(30_000),
    "deep nesting in an object": b'{"username": %s}' % nested(2_000),
    "a huge number": b'{"username": 1%s}' % (b"0" * 5_000),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_is_no_object_in_json_is_a_400(anybody, path, body):
    for headers in ({}, {"Content-Type": "application/json"}):
        response = anybody.api.post(path, content=body, headers={**anybody.headers, **headers})
        assert refusal(response) == INVALID_PAYLOAD


@pytest.mark.parametrize("after", [b"x", b"{}", b" null", b",", b"\0"])
@pytest.mark.parametrize("path", PATHS)
def test_text_after_the_json_is_a_400_and_nothing_is_done(alice, path, after):
    name = new_name()
    valid = {
        "auth/register": b'{"username": "%s", "password": "%s"}' % (name.encode(), PASSWORD.encode()),
        "auth/login": b'{"username": "%s", "password": "%s"}' % (alice.username.encode(), PASSWORD.encode()),
        "messages/send": b'{"recipient": "%s", "content": "hello"}' % alice.username.encode(),
    }[path]
    response = alice.api.post(path, content=valid + after, headers=alice.headers)
    assert refusal(response) == INVALID_PAYLOAD
    assert alice.history()["messages"] == []
    assert alice.api.post("auth/login", json={"username": name, "password": PASSWORD}).status_code == 401


@pytest.mark.parametrize("value", [None, "", 1, 1.5, True, [], ["amy"], {}, {"a": "b"}])
@pytest.mark.parametrize("path", PATHS)
def test_a_field_that_is_null_empty_or_of_another_type_is_a_400_that_names_it(anybody, path, value):
    for wrong, right in ((NAMES[path], OTHERS[path]), (OTHERS[path], NAMES[path])):
        response = anybody.post(path, {wrong: value, right: "something"})
        assert refusal(response) == INVALID_PAYLOAD
        assert [field for field, _ in faults(response)] == [wrong]


@pytest.mark.parametrize("path", PATHS)
def test_a_missing_field_is_a_400_that_names_it(anybody, path):
    response = anybody.post(path, {NAMES[path]: "something"})
    assert refusal(response) == INVALID_PAYLOAD
    assert faults(response) == [(OTHERS[path], "required")]


def test_a_body_of_64_kib_is_taken(alice):
    body = padded({"recipient": alice.username, "content": "hello"}, LIMIT)
    assert len(body) == LIMIT
    assert alice.api.post("messages/send", content=body, headers=alice.headers).status_code == 201


@pytest.mark.parametrize("size", [LIMIT + 1, 1_000_000])
@pytest.mark.parametrize("path", PATHS)
def test_a_larger_body_is_a_413_and_nothing_is_done(alice, path, size):
    name = new_name()
    valid = {"username": name, "password": PASSWORD, "recipient": alice.username, "content": "hello"}
    response = alice.api.post(path, content=padded(valid, size), headers=alice.headers)
    error = "The request's body can have 65,536 bytes at most."
    assert refusal(response) == (413, "payload_too_large", error)
    assert alice.history()["messages"] == []
    assert alice.api.post("auth/login", json={"username": name, "password": PASSWORD}).status_code == 401


def chunks(body, size):
    """A body whose length isn't told beforehand."""
    return (body[start : start + size] for start in range(0, len(body), size))


@pytest.mark.parametrize("size", [1_000, LIMIT])
def test_a_body_in_chunks_is_read(alice, size):
    body = padded({"recipient": alice.username, "content": "in chunks"}, LIMIT)
    response = alice.api.post("messages/send", content=chunks(body, size), headers=alice.headers)
    assert "Content-Length" not in response.request.headers
    assert response.status_code == 201
    assert alice.history()["messages"] == [response.json()]


@pytest.mark.parametrize("size", [LIMIT + 1, 1_000_000])
def test_a_larger_body_in_chunks_is_a_413(alice, size):
    body = padded({"recipient": alice.username, "content": "in chunks"}, size)
    response = alice.api.post("messages/send", content=chunks(body, 8_192), headers=alice.headers)
    assert refusal(response)[:2] == (413, "payload_too_large")
    assert alice.history()["messages"] == []


def test_an_empty_body_in_chunks_is_a_400(anybody):
    response = anybody.api.post("messages/send", content=iter([]), headers=anybody.headers)
    assert refusal(response) == INVALID_PAYLOAD


@pytest.mark.parametrize("size", [300_000, 3_000_000])
@pytest.mark.parametrize("send", [lambda body: body, lambda body: chunks(body, 8_192)], ids=["whole", "in chunks"])
def test_a_form_of_a_page_has_its_own_limit(server, size, send):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    response = httpx.post(f"{server.url}/login", content=send(b"content=" + b"x" * size), headers=kind)
    assert response.status_code == 413
    assert "This is too much at once" in response.text
    assert response.headers["X-Request-ID"] in response.text
