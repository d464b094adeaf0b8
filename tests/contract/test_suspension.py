"""What suspended people, and strangers while registration is closed, are told."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.services.operators import suspend, unsuspend
from accounts.services.switches import set_registration
from tests.contract.talking import change_people, refusal
from tests.factories import PASSWORD, new_name
from tests.operators import OPERATOR

SUSPENDED = "suspended_at = '2026-01-01', suspended_until = '2099-12-31 23:59:00', suspension_reason = 'Spam.'"


@pytest.fixture
def suspended(alice, server):
    """Somebody who logged in before she was suspended, with her refresh token."""
    credentials = {"username": alice.username, "password": PASSWORD}
    token = alice.api.post("auth/login", json=credentials).json()["refresh_token"]
    change_people(server, f"UPDATE accounts_user SET {SUSPENDED} WHERE id = ?", alice)
    return alice, token


def log_in(person, password):
    return person.api.post("auth/login", json={"username": person.username, "password": password})


def test_whoever_knows_the_password_is_told_until_when_and_why(suspended):
    person, _ = suspended
    response = log_in(person, PASSWORD)
    told = "This account is suspended until 2099-12-31 23:59 UTC. Spam."
    assert refusal(response) == (403, "account_suspended", told)


def test_with_another_password_the_account_is_like_any_other(suspended):
    person, _ = suspended
    answers = [log_in(person, "wrong"), person.api.post("auth/login", json={"username": new_name(), "password": "x"})]
    assert refusal(answers[0]) == refusal(answers[1]) == (401, "invalid_login", "invalid login")
    assert len({answer.json()["detail"] for answer in answers}) == 1


def test_no_refresh_token_gives_new_ones(suspended):
    person, token = suspended
    response = person.api.post("auth/refresh", json={"refresh_token": token})
    assert refusal(response)[:2] == (401, "invalid_refresh_token")


def test_an_access_token_is_worth_nothing_at_the_next_request(db):
    client, credentials = Client(), {"username": new_name(), "password": PASSWORD}
    person = User.objects.create_user(**credentials)

    def enter():
        answer = client.post("/api/v1/auth/login", credentials, content_type="application/json")
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    headers = enter()
    for _ in range(2):  # from SQL, then from Redis
        assert client.get("/api/v1/users/me", headers=headers).status_code == 200
    suspend(person=person, until=None, reason="Spam.", actor=OPERATOR)
    assert refusal(client.get("/api/v1/users/me", headers=headers))[:2] == (401, "invalid_token")
    unsuspend(person=person, actor=OPERATOR)
    assert client.get("/api/v1/users/me", headers=headers).status_code == 401
    assert client.get("/api/v1/users/me", headers=enter()).status_code == 200


def test_while_registration_is_closed_nobody_is_made_and_the_rest_goes_on(db):
    client, credentials = Client(), {"username": new_name(), "password": PASSWORD}
    User.objects.create_user(**credentials)
    set_registration(is_open=False, actor=OPERATOR)
    for path in ("auth/register", "register"):
        body = {"username": new_name(), "password": PASSWORD}
        response = client.post(f"/api/v1/{path}", body, content_type="application/json")
        told = "New accounts can't be made here at the moment."
        assert refusal(response) == (403, "registration_closed", told)
    assert User.objects.count() == 1
    assert client.post("/api/v1/auth/login", credentials, content_type="application/json").status_code == 200
