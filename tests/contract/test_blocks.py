"""GET /users/me/blocks, PUT and DELETE /users/me/blocks/{username}."""

from datetime import datetime
from urllib.parse import quote

import pytest

from tests.contract.talking import Person, at_once, bearer, change_people, faults, log_in, refusal, register
from tests.factories import PASSWORD, new_name


def block(person, username, method="PUT"):
    return person.api.request(method, f"users/me/blocks/{quote(username, safe='')}", headers=person.headers)


def unblock(person, username):
    return block(person, username, "DELETE")


def blocks(person):
    response = person.get("users/me/blocks")
    assert response.status_code == 200
    return response.json()["blocks"]


def names(person):
    return [blocked["username"] for blocked in blocks(person)]


def same(response):
    """All that an answer says, but for what differs from one request to the next."""
    headers = {name: value for name, value in response.headers.items() if name not in {"date", "x-request-id"}}
    return response.status_code, {**response.json(), "request_id": ""}, headers


def test_blocking_and_unblocking_are_a_204_however_often(alice, bob):
    assert blocks(alice) == []
    for _ in range(2):
        response = block(alice, bob.username.upper())
        assert (response.status_code, response.content) == (204, b"")
        (blocked,) = blocks(alice)
        assert list(blocked) == ["username", "blocked_at"]
        assert blocked["username"] == bob.username
        assert datetime.fromisoformat(blocked["blocked_at"]).utcoffset() is not None
    for _ in range(2):
        response = unblock(alice, bob.username)
        assert (response.status_code, response.content) == (204, b"")
        assert blocks(alice) == []


def test_the_last_one_who_was_blocked_is_listed_first(alice, bob, enter):
    carol = enter()
    for person in (bob, carol):
        block(alice, person.username)
    assert names(alice) == [carol.username, bob.username]
    assert names(bob) == []


def test_to_the_blocked_the_blocker_reads_like_a_name_that_nobody_has(alice, bob):
    assert bob.send(alice.username, "hello").status_code == 201
    block(alice, bob.username)
    refused, unknown = bob.send(alice.username, "hello"), bob.send(new_name(), "hello")
    assert refusal(refused) == (400, "recipient_not_found", "recipient does not exist")
    assert same(refused) == same(unknown)
    assert [len(person.history()["messages"]) for person in (alice, bob)] == [1, 1]
    unblock(alice, bob.username)
    assert bob.send(alice.username, "hello").status_code == 201


def test_the_blocker_is_told_whom_they_block(alice, bob):
    assert alice.send(bob.username, "hello").status_code == 201
    block(alice, bob.username)
    response = alice.send(bob.username, "hello")
    assert refusal(response)[:2] == (400, "recipient_blocked")
    assert faults(response) == [("recipient", "recipient_blocked")]
    assert len(alice.history()["messages"]) == 1


def test_a_suspended_recipient_reads_like_a_name_that_nobody_has(alice, bob, server):
    change_people(server, "UPDATE accounts_user SET suspended_at = '2026-01-01' WHERE id = ?", bob)
    assert same(alice.send(bob.username, "hello")) == same(alice.send(new_name(), "hello"))


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_unknown_name_is_a_404_and_oneself_a_400(alice, method):
    name = new_name()  # others, as "%", may have been registered by other tests
    for username in (name, "x" * 4_000, "a\0b", " ", "\u200b", f"%{name[1:]}", f"{name[:12]}/me"):
        response = block(alice, username, method)
        assert refusal(response)[:2] == (404, "person_not_found"), username
        assert faults(response) == [("username", "person_not_found")]
    response = block(alice, alice.username.upper(), method)
    assert refusal(response)[:2] == (400, "cannot_block_yourself")
    assert blocks(alice) == []
    assert alice.send(alice.username, "note").status_code == 201


@pytest.mark.parametrize("ending", ["", "/", "/x/", " x", "?x#", "%2F", "+&", "ß🦊", "://"])
def test_names_with_odd_characters_can_be_blocked(alice, api, ending):
    credentials = {"username": f"{new_name()[:8]}{ending}", "password": PASSWORD}
    assert api.post("auth/register", json=credentials).status_code == 201
    spammer = Person("", credentials["username"], log_in(api, credentials)["token"], api)
    # A name that ends in a slash is asked for with another behind it.
    address = f"users/me/blocks/{quote(spammer.username, safe='')}/"
    assert api.put(address, headers=alice.headers).status_code == 204
    assert names(alice) == [spammer.username]
    assert refusal(spammer.send(alice.username, "spam"))[:2] == (400, "recipient_not_found")
    assert api.delete(address, headers=alice.headers).status_code == 204
    assert names(alice) == []


def test_of_20_blocks_at_once_one_row_remains(over):
    with over.client() as client:
        credentials, other = register(client), register(client)
        headers = bearer(log_in(client, credentials))
        address = f"users/me/blocks/{other['username']}"
        answers = at_once(over, 20, lambda one: one.put(address, headers=headers))
        assert [answer.status_code for answer in answers] == [204] * 20
        (blocked,) = client.get("users/me/blocks", headers=headers).json()["blocks"]
        assert blocked["username"] == other["username"]


def test_two_who_block_each_other_at_once_both_do(over):
    with over.client() as client:
        credentials = [register(client) for _ in range(2)]
        headers = [bearer(log_in(client, one)) for one in credentials]
        turns = iter([0, 1] * 8)

        def ask(one):
            turn = next(turns)
            return one.put(f"users/me/blocks/{credentials[1 - turn]['username']}", headers=headers[turn])

        assert [answer.status_code for answer in at_once(over, 16, ask)] == [204] * 16
        for turn in (0, 1):
            (blocked,) = client.get("users/me/blocks", headers=headers[turn]).json()["blocks"]
            assert blocked["username"] == credentials[1 - turn]["username"]


def test_blocks_are_for_those_who_have_logged_in(api, anybody):
    for method, path in (("GET", "users/me/blocks"), ("PUT", "users/me/blocks/amy"), ("DELETE", "users/me/blocks/amy")):
        assert refusal(api.request(method, path))[:2] == (401, "not_authenticated")
    for method, path, allowed in (
        ("POST", "users/me/blocks", "GET, HEAD"),
        ("GET", "users/me/blocks/amy", "PUT, DELETE"),
    ):
        response = api.request(method, path, headers=anybody.headers)
        assert refusal(response)[:2] == (405, "method_not_allowed")
        assert set(response.headers["Allow"].split(", ")) == set(allowed.split(", "))
