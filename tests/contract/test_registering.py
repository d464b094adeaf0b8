"""POST /auth/register."""

from uuid import UUID

import pytest

from tests.contract.talking import INVALID_PAYLOAD, faults, refusal
from tests.factories import PASSWORD, new_name

EMOJI = "🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤🦆🦅"


def register(api, username, password=PASSWORD):
    return api.post("auth/register", json={"username": username, "password": password})


def log_in(api, username, password=PASSWORD):
    return api.post("auth/login", json={"username": username, "password": password})


def test_registering_answers_exactly_id_and_name(api):
    username = new_name()
    response = register(api, username)
    assert response.status_code == 201
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body == {"id": str(UUID(body["id"])), "username": username}


def test_a_taken_name_is_a_409_and_the_first_owner_keeps_it(api, alice):
    response = register(api, alice.username, "another password")
    assert refusal(response) == (409, "username_taken", "username already taken :(")
    assert faults(response) == [("username", "username_taken")]
    assert log_in(api, alice.username, "another password").status_code == 401
    assert log_in(api, alice.username).json()["data"]["id"] == alice.id


def test_a_name_that_differs_by_case_alone_is_taken(api, alice):
    assert refusal(register(api, alice.username.upper()))[:2] == (409, "username_taken")


def test_a_name_of_16_characters_may_have_64_bytes(api):
    username = "".join(sorted(EMOJI, key=lambda _: new_name()))
    assert len(username.encode()) == 64
    response = register(api, username)
    assert response.status_code == 201
    assert response.json()["username"] == username


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("a" * 17, "too_long"),
        (EMOJI + "🦉", "too_long"),
        ("", "blank"),
        ("  ", "blank"),
        ("\t", "blank"),
        ("\u3000", "blank"),
        (" amy", "outer_space"),
        ("a\x07my", "unprintable"),
        ("a\nmy", "unprintable"),
        ("a\x7fmy", "unprintable"),
        ("a\u200bmy", "unprintable"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nobody_is_made(api, username, code):
    response = register(api, username)
    assert refusal(response) == INVALID_PAYLOAD
    assert faults(response) == [("username", code)]
    assert log_in(api, username).status_code in {400, 401}


def test_a_name_with_nul_is_refused(api):
    assert refusal(register(api, "a\0my")) == INVALID_PAYLOAD


def test_a_name_that_is_too_long_is_told_the_limit(api):
    (error,) = register(api, "a" * 17).json()["errors"]
    assert error["limit"] == 16


@pytest.mark.parametrize(
    ("password", "code", "limit"),
    [
        ("x7-kq2m", "password_too_short", 8),
        ("x7-kq2m9" * 16 + "!", "password_too_long", 128),
        ("password", "password_too_common", None),
        ("QWERTYUIOP", "password_too_common", None),
    ],
)
def test_a_password_that_cannot_be_is_refused_and_the_name_stays_free(api, password, code, limit):
    username = new_name()
    response = register(api, username, password)
    assert refusal(response) == INVALID_PAYLOAD
    (error,) = response.json()["errors"]
    assert (error["field"], error["code"], error.get("limit")) == ("password", code, limit)
    assert register(api, username).status_code == 201


@pytest.mark.parametrize("password", ["Pa$$word", "x7-kq2m9", "x7-kq2m9" * 16, "  spaces  ", "🦊" * 8])
def test_a_password_of_8_to_128_characters_works_exactly_as_it_was_sent(api, password):
    username = new_name()
    assert register(api, username, password).status_code == 201
    assert log_in(api, username, password).status_code == 200
    assert log_in(api, username, password + "x").status_code in {400, 401}
