"""POST /auth/login, and the token that it gives."""

import os
import time

import jwt
import pytest

from tests.contract.talking import INVALID_PAYLOAD, faults, refusal
from tests.factories import PASSWORD, new_name

INVALID_LOGIN = (401, "invalid_login", "invalid login")


def log_in(api, username, password=PASSWORD):
    return api.post("auth/login", json={"username": username, "password": password})


def test_logging_in_answers_a_token_and_the_person(api, alice):
    response = log_in(api, alice.username)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["data"] == {"id": alice.id, "username": alice.username}
    assert response.json()["token"].count(".") == 2


def test_the_name_is_matched_without_regard_to_case_and_answered_as_it_was_registered(api, alice):
    response = log_in(api, alice.username.upper())
    assert response.status_code == 200
    assert response.json()["data"] == {"id": alice.id, "username": alice.username}


def test_a_wrong_password_and_an_unknown_name_are_the_same_401(api, alice):
    wrong = log_in(api, alice.username, "not the password")
    unknown = log_in(api, new_name())
    assert refusal(wrong) == refusal(unknown) == INVALID_LOGIN
    assert wrong.headers["WWW-Authenticate"] == unknown.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert {**wrong.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


@pytest.mark.parametrize(
    ("credentials", "fault"),
    [
        ({"username": "a" * 17, "password": PASSWORD}, ("username", "too_long")),
        ({"username": "amy", "password": "a" * 129}, ("password", "too_long")),
    ],
)
def test_what_no_account_can_have_is_a_400(api, credentials, fault):
    response = api.post("auth/login", json=credentials)
    assert refusal(response) == INVALID_PAYLOAD
    assert faults(response) == [fault]


def test_the_token_is_an_hs256_jwt_of_24_hours_with_id_and_name(anybody):
    assert jwt.get_unverified_header(anybody.token)["alg"] == "HS256"
    claims = jwt.decode(anybody.token, os.environ["JWT_SECRET_KEY"], algorithms=["HS256"], audience="chatsystem")
    assert claims["id"] == claims["sub"] == anybody.id
    assert claims["username"] == anybody.username
    assert claims["jti"]
    assert claims["exp"] - claims["iat"] == 24 * 60 * 60
    assert time.time() - 60 * 60 < claims["iat"] <= time.time() + 1  # of this run; a slow one takes minutes


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_matched_without_case(api, anybody, scheme):
    assert api.get("messages/", headers={"Authorization": f"{scheme} {anybody.token}"}).status_code == 200


def test_more_than_one_blank_before_the_token_does_no_harm(api, anybody):
    assert api.get("messages/", headers={"Authorization": f"Bearer   {anybody.token}"}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Token x"}])
def test_a_protected_address_without_a_token_is_a_401_that_says_how(api, headers):
    for response in (
        api.get("messages/", headers=headers),
        api.post("messages/send", headers=headers, json={"recipient": "amy", "content": "hello"}),
    ):
        error = "Log in and send the token in the Authorization header."
        assert refusal(response) == (401, "not_authenticated", error)
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "Bearer", "x" * 4_000])
def test_a_protected_address_with_no_real_token_is_a_401_that_says_so(api, token):
    response = api.get("messages/", headers={"Authorization": f"Bearer {token}".strip().encode()})
    assert refusal(response) == (401, "invalid_token", "The token is not valid. Log in again.")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'


def test_a_cookie_is_no_token(api, anybody):
    assert api.get("messages/", headers={"Cookie": f"sessionid={anybody.token}"}).status_code == 401
