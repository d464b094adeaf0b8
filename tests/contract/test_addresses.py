"""Where everything is, and which methods it takes."""

import pytest

from tests.contract.talking import refusal
from tests.factories import PASSWORD, new_name


@pytest.mark.parametrize("path", ["health", "health/", "health/ready", "health/ready/"])
def test_health_stands_with_and_without_a_slash(api, path):
    assert api.get(path).status_code == 200


@pytest.mark.parametrize("path", ["auth/register", "auth/register/", "register", "register/"])
def test_registering_stands_with_and_without_a_slash_and_by_its_short_name(api, path):
    username = new_name()
    response = api.post(path, json={"username": username, "password": PASSWORD})
    assert response.status_code == 201
    assert response.json()["username"] == username


@pytest.mark.parametrize("path", ["auth/login", "auth/login/", "login", "login/"])
def test_logging_in_stands_with_and_without_a_slash_and_by_its_short_name(api, anybody, path):
    response = api.post(path, json={"username": anybody.username, "password": PASSWORD})
    assert response.status_code == 200
    assert response.json()["data"]["id"] == anybody.id


@pytest.mark.parametrize("path", ["messages/send", "messages/send/", "send", "send/"])
def test_sending_stands_with_and_without_a_slash_and_by_its_short_name(alice, path):
    response = alice.post(path, {"recipient": alice.username, "content": "hello"})
    assert response.status_code == 201
    assert [message["id"] for message in alice.history()["messages"]] == [response.json()["id"]]


@pytest.mark.parametrize("path", ["messages", "messages/", "messages?page=1", "messages/?page=1"])
def test_the_history_stands_with_and_without_a_slash(alice, path):
    alice.send(alice.username, "hello")
    response = alice.get(path)
    assert response.status_code == 200
    assert [message["content"] for message in response.json()["messages"]] == ["hello"]


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("health", "POST", {"GET", "HEAD"}),
        ("health/ready", "DELETE", {"GET", "HEAD"}),
        ("auth/register", "GET", {"POST"}),
        ("register", "PUT", {"POST"}),
        ("auth/login", "GET", {"POST"}),
        ("login/", "PATCH", {"POST"}),
        ("messages/send", "GET", {"POST"}),
        ("send", "DELETE", {"POST"}),
        ("messages/", "POST", {"GET", "HEAD"}),
        ("messages/", "PUT", {"GET", "HEAD"}),
        ("messages/", "DELETE", {"GET", "HEAD"}),
        ("messages", "OPTIONS", {"GET", "HEAD"}),
    ],
)
def test_another_method_is_a_405_that_names_the_right_ones(anybody, path, method, allowed):
    response = anybody.api.request(method, path, headers=anybody.headers)
    assert refusal(response) == (405, "method_not_allowed", "This address does not take this method.")
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["", "nothing", "auth", "auth/health", "messages/send/more", "healthy"])
def test_an_unknown_address_is_a_404(api, path, method):
    response = api.request(method, path, json={"username": "somebody"} if method == "POST" else None)
    assert refusal(response) == (404, "not_found", "There is nothing at this address.")


def test_the_history_can_be_asked_for_its_head(anybody):
    response = anybody.api.head("messages/", headers=anybody.headers)
    assert response.status_code == 200
    assert response.content == b""
