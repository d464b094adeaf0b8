"""GET and PATCH /users/me."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from tests.contract.talking import INVALID_PAYLOAD, change_people, faults, refusal
from tests.factories import PASSWORD, access_token, new_name
from tests.server import running_server

FIELDS = ["id", "username", "display_name", "email", "email_pending", "time_zone", "language", "created_at"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def change(person, **changes):
    return person.api.patch("users/me", json=changes, headers=person.headers)


def me(person):
    response = person.get("users/me")
    assert response.status_code == 200
    return response.json()


def test_one_sees_oneself(alice):
    seen = me(alice)
    assert list(seen) == FIELDS
    assert TIME.fullmatch(seen["created_at"])
    assert datetime.now(UTC) - datetime.fromisoformat(seen["created_at"]) < timedelta(minutes=1)
    del seen["created_at"]
    assert seen == {
        "id": alice.id,
        "username": alice.username,
        "display_name": "",
        "email": "",
        "email_pending": False,
        "time_zone": "",
        "language": "",
    }


def test_seeing_oneself_costs_one_query(alice_here, django_assert_num_queries):
    client, headers = alice_here
    client.get("/api/v1/users/me", headers=headers)  # has Redis know the session
    with django_assert_num_queries(1):
        assert client.get("/api/v1/users/me", headers=headers).status_code == 200


@pytest.fixture
def alice_here(new_person):
    """A client in this process, and the headers of somebody who has logged in."""
    return Client(), {"Authorization": f"Bearer {access_token(new_person())}"}


def test_what_is_named_is_changed_and_answered_and_everything_else_stays(alice):
    before = me(alice)
    chosen = {"display_name": "  E\u0301lodie ", "time_zone": "Europe/Zurich", "language": "de-CH"}
    response = change(alice, **chosen)
    assert response.status_code == 200
    expected = {**before, "display_name": "Élodie", "time_zone": "Europe/Zurich", "language": "de-ch"}
    assert response.json() == me(alice) == expected
    assert change(alice, time_zone="").json() == {**expected, "time_zone": ""}
    assert change(alice).json() == {**expected, "time_zone": ""}


def test_an_address_is_pending_until_it_is_confirmed(alice):
    response = change(alice, email=f"{alice.username}@example.org", current_password=PASSWORD)
    assert response.status_code == 200
    assert response.json() == me(alice)
    assert (me(alice)["email"], me(alice)["email_pending"]) == ("", True)


def test_a_change_of_the_address_wants_the_password(alice):
    before = me(alice)
    for given, fault in (
        ({}, ("current_password", "required")),
        ({"current_password": ""}, ("current_password", "blank")),
        ({"current_password": 12345678}, ("current_password", "invalid")),
    ):
        response = change(alice, email="new@example.org", display_name="Amy", **given)
        assert refusal(response) == INVALID_PAYLOAD
        assert faults(response) == [fault]
    response = change(alice, email="", display_name="Amy", current_password="not the password")
    assert refusal(response)[:2] == (400, "wrong_password")
    assert faults(response) == [("current_password", "wrong_password")]
    assert me(alice) == before


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        *((field, None, "null") for field in ("display_name", "time_zone", "language", "email", "current_password")),
        *((field, 7, "invalid") for field in ("display_name", "time_zone", "language", "email", "current_password")),
        ("display_name", ["Amy"], "invalid"),
        ("display_name", "x" * 65, "too_long"),
        ("display_name", "A\u202emy", "unprintable"),
        ("display_name", "A\0", "null_characters_not_allowed"),
        ("display_name", "x\u0302\u0302", "too_many_marks"),
        ("time_zone", "Mars/Phobos", "unknown_time_zone"),
        ("language", "klingon", "malformed_language"),
    ],
)
def test_what_cannot_be_is_a_400_that_names_the_field_and_nothing_changes(anybody, field, value, code):
    before = me(anybody)
    response = change(anybody, **{"display_name": "Amy", "language": "en", field: value})
    assert refusal(response) == INVALID_PAYLOAD
    assert faults(response) == [(field, code)]
    assert me(anybody) == before


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"{"])
def test_a_body_that_is_no_object_is_a_400(anybody, body):
    response = anybody.api.patch("users/me", content=body, headers=anybody.headers)
    assert refusal(response) == INVALID_PAYLOAD


def test_what_is_not_ones_own_to_change_is_ignored(alice, bob, server):
    before = me(alice)
    forged = {
        "id": bob.id,
        "pk": bob.id,
        "username": new_name(),
        "username_key": new_name(),
        "password": "another password",
        "is_staff": True,
        "is_superuser": True,
        "is_active": False,
        "suspended_at": "2026-01-01T00:00:00Z",
        "suspension_reason": "x",
        "email_key": "x@example.org",
        "email_pending": True,
        "date_joined": "2001-01-01T00:00:00Z",
        "created_at": "2001-01-01T00:00:00Z",
        "groups": [1],
        "unknown": {},
    }
    response = change(alice, **forged)
    assert response.status_code == 200
    assert response.json() == me(alice) == before
    credentials = {"username": alice.username, "password": PASSWORD}
    assert alice.api.post("auth/login", json=credentials).status_code == 200
    assert not change_people(server, "DELETE FROM accounts_user WHERE id = ? AND (is_staff OR is_superuser)", alice)
    assert me(alice) == before


@pytest.mark.parametrize("path", ["users/me", "users/me/"])
def test_only_whoever_has_logged_in_sees_or_changes_themselves(api, anybody, path):
    for method in ("GET", "PATCH"):
        assert refusal(api.request(method, path, json={}))[:2] == (401, "not_authenticated")
        assert anybody.api.request(method, path, json={}, headers=anybody.headers).status_code == 200
    for method in ("POST", "PUT", "DELETE"):
        response = api.request(method, path, headers=anybody.headers)
        assert refusal(response)[:2] == (405, "method_not_allowed")
        assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "PATCH"}


def test_changes_are_limited_and_looking_is_not(tmp_path):
    with running_server(tmp_path, RATE_LIMITS="yes", RATE_LIMIT_CHANGE="2/600") as server, server.client() as client:
        credentials = {"username": new_name(), "password": PASSWORD}
        client.post("auth/register", json=credentials)
        token = client.post("auth/login", json=credentials).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        statuses = [client.patch("users/me", json={"display_name": name}).status_code for name in ("A", "B", "C")]
        assert statuses == [200, 200, 429]
        assert client.get("users/me").json()["display_name"] == "B"
