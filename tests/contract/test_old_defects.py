"""What the old service got wrong, each shown absent."""

import os
import re
import secrets
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import jwt
import pytest

from accounts.passwords import Argon2id
from embedded.ports import free_ports
from messaging.services.history import read_inbox
from messaging.services.sending import deliver
from messaging.store.session import get_bare_session
from tests.contract.talking import change_people, refusal
from tests.factories import PASSWORD, new_name
from tests.messaging.making import SECOND, message, now
from tests.server import manage, running_server

INVALID_TOKEN = (401, "invalid_token", "The token is not valid. Log in again.")


# Tokens


@pytest.mark.parametrize("key", ["", "secret", "a" * 64, "0123456789abcdef" * 4, "change-me-mQ7rT2xW9kLp4Zc8Vb3Nh6"])
def test_an_empty_or_guessable_key_is_refused_at_the_start(key):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        manage({"JWT_SECRET_KEY": key}, "check")
    last_line = refused.value.stderr.strip().splitlines()[-1]
    assert last_line.startswith("Error: JWT_SECRET_KEY ")
    assert len(key) < 10 or key not in refused.value.stderr


def test_a_server_does_not_start_with_an_empty_key(tmp_path):
    with (
        pytest.raises(AssertionError, match="JWT_SECRET_KEY is not set"),
        running_server(tmp_path, JWT_SECRET_KEY="", DATABASE_URL="sqlite:////nowhere"),
    ):
        pass


def claims_of(person):
    return jwt.decode(person.token, os.environ["JWT_SECRET_KEY"], algorithms=["HS256"], audience="chatsystem")


def with_claims(person, **changes):
    """The person's token with other claims, signed with the right key; None leaves one out."""
    claims = {name: value for name, value in {**claims_of(person), **changes}.items() if value is not None}
    return jwt.encode(claims, os.environ["JWT_SECRET_KEY"], algorithm="HS256")


def assert_refused(api, token):
    headers = {"Authorization": f"Bearer {token}"}
    assert refusal(api.get("messages/", headers=headers)) == INVALID_TOKEN
    send = api.post("messages/send", json={"recipient": "x", "content": "x"}, headers=headers)
    assert refusal(send) == INVALID_TOKEN


def test_a_token_without_exp_is_refused(api, alice):
    assert_refused(api, with_claims(alice, exp=None))


def test_an_expired_token_is_refused(api, alice):
    assert_refused(api, with_claims(alice, exp=int(time.time()) - 10))


def test_a_token_that_is_signed_by_nobody_is_refused(api, alice):
    assert_refused(api, jwt.encode(claims_of(alice), "", algorithm="none"))


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
@pytest.mark.parametrize("key", ["", "secret", secrets.token_urlsafe(48)], ids=["empty", "guessable", "unknown"])
def test_a_token_that_is_signed_with_another_key_is_refused(api, alice, key):
    # PyJWT refuses to sign with an empty key; a byte of nothing is padded to the same.
    assert_refused(api, jwt.encode(claims_of(alice), key or "\0", algorithm="HS256"))


def test_a_token_of_another_algorithm_is_refused(api, alice):
    assert_refused(api, jwt.encode(claims_of(alice), os.environ["JWT_SECRET_KEY"] * 2, algorithm="HS512"))
    assert_refused(api, jwt.encode(claims_of(alice), os.environ["JWT_SECRET_KEY"], algorithm="HS384"))


def test_a_token_of_a_deleted_person_is_refused(api, server, alice):
    change_people(server, "DELETE FROM accounts_user WHERE id = ?", alice)
    assert_refused(api, alice.token)


def test_a_token_of_an_inactive_person_is_refused_and_so_is_a_new_log_in(api, server, alice):
    change_people(server, "UPDATE accounts_user SET is_active = 0 WHERE id = ?", alice)
    assert_refused(api, alice.token)
    response = api.post("auth/login", json={"username": alice.username, "password": PASSWORD})
    assert refusal(response) == (401, "invalid_login", "invalid login")


def test_a_token_of_somebody_who_never_was_is_refused(api, alice):
    nobody = "6f1b9f0e-9e0c-4e0a-8c1d-3a1f0c9f7d55"
    assert_refused(api, with_claims(alice, id=nobody, sub=nobody))


# Names


@pytest.mark.parametrize("cases", ["one case", "two cases"])
def test_of_eight_registrations_of_one_name_at_once_exactly_one_succeeds(server, cases):
    name, together = new_name(), threading.Barrier(8)

    def register(index):
        with server.client() as api:
            together.wait()
            written = name.upper() if cases == "two cases" and index % 2 else name
            return api.post("auth/register", json={"username": written, "password": f"{PASSWORD} {index}"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(register, range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    with server.client() as api:
        logins = [
            api.post("auth/login", json={"username": name, "password": f"{PASSWORD} {index}"}).status_code
            for index in range(8)
        ]
    assert [status == 200 for status in logins] == [answer.status_code == 201 for answer in answers]


@pytest.fixture
def hashes(monkeypatch):
    """The names of all hashings that the test causes."""
    calls = []

    def counted(name, original):
        def call(self, *arguments):
            calls.append(name)
            return original(self, *arguments)

        monkeypatch.setattr(Argon2id, name, call)

    counted("encode", Argon2id.encode)
    counted("verify", Argon2id.verify)
    return calls


def test_known_and_unknown_names_cost_the_same_work(new_person, hashes, client):
    known, inactive, without = new_person(), new_person(), new_person()
    inactive.is_active = False
    inactive.save()
    without.set_unusable_password()
    without.save()
    costs = []
    for name in (known.username, new_name(), inactive.username, without.username):
        hashes.clear()
        body = {"username": name, "password": "not the password"}
        response = client.post("/api/v1/auth/login", body, content_type="application/json")
        assert response.status_code == 401
        costs.append(len(hashes))
    assert costs == [1, 1, 1, 1]


def test_a_name_that_is_taken_costs_no_hashing(new_person, hashes, client):
    taken = new_person()
    hashes.clear()
    body = {"username": taken.username, "password": PASSWORD}
    assert client.post("/api/v1/auth/register", body, content_type="application/json").status_code == 409
    assert hashes == []


# Messages


def test_a_message_to_oneself_is_listed_once(alice):
    sent = alice.send(alice.username, "note").json()
    assert alice.history() == {
        "messages": [sent],
        "pagination": {"currentPage": 1, "pageSize": 10, "totalMessages": 1, "totalPages": 1},
    }


def test_an_empty_inbox_is_an_empty_list(alice):
    for query in ("", "?page=1", "?page=2"):
        assert alice.history(query)["messages"] == []
    assert alice.history()["pagination"] == {"currentPage": 1, "pageSize": 10, "totalMessages": 0, "totalPages": 0}


def test_a_page_past_the_last_is_no_error(alice):
    alice.send(alice.username, "hello")
    for page in (2, 1_000, 2**31, 2**63 - 1, 2**63, 2**64):
        assert alice.history(f"?page={page}")["messages"] == []


def test_a_page_has_a_bound(anybody):
    response = anybody.get("messages/?pageSize=101")
    assert refusal(response)[0] == 400
    assert response.json()["errors"] == [
        {"field": "pageSize", "code": "out_of_range", "message": "A page has 1 to 100 messages.", "limit": 100}
    ]


def test_the_order_within_a_millisecond_is_kept(new_person):
    alice, bob = new_person(), new_person()
    start = now() // 10_000 * 10_000 - SECOND
    sent = [message(alice, bob, str(number), ticks=start + number) for number in range(20)]
    assert len({one.timestamp[:23] for one in sent}) == 1
    for one in sent[::2] + sent[1::2]:
        deliver(one)
    read = read_inbox(owner=bob, limit=100).messages
    assert read == sent[::-1]
    stamps = [one.timestamp for one in read]
    assert stamps == sorted(set(stamps), reverse=True)


def test_a_message_has_one_timestamp(alice, bob):
    sent = alice.send(bob.username, "hello").json()
    stamps = {
        page["messages"][0]["timestamp"]
        for person in (alice, bob)
        for page in (person.history(), person.history(), person.history("?pageSize=3"))
    }
    assert stamps == {sent["timestamp"]}
    assert abs(datetime.fromisoformat(sent["timestamp"][:26] + "Z").timestamp() - time.time()) < 60


# Outages


@pytest.fixture(scope="module")
def server_without_sql(tmp_path_factory):
    (port,) = free_ports(1)
    url = f"postgres://user:pw-of-the-database@127.0.0.1:{port}/x"
    with running_server(tmp_path_factory.mktemp("server"), DATABASE_URL=url) as running:
        yield running


@pytest.fixture(scope="module")
def server_without_cassandra(server, tmp_path_factory):
    (port,) = free_ports(1)
    people = f"sqlite:///{server.log.parent}/server.sqlite3"
    directory = tmp_path_factory.mktemp("server")
    with running_server(directory, DATABASE_URL=people, CASSANDRA_NODES=f"127.0.0.1:{port}") as running:
        yield running


def test_a_dead_database_is_a_503_and_never_a_401(server_without_sql, alice):
    with server_without_sql.client(alice.token) as api:
        answers = [
            api.post("auth/login", json={"username": alice.username, "password": PASSWORD}),
            api.post("auth/register", json={"username": new_name(), "password": PASSWORD}),
            api.get("messages/"),
            api.post("messages/send", json={"recipient": alice.username, "content": "hello"}),
        ]
        for answer in answers:
            error = "Accounts can't be reached for a moment. Please try again."
            assert refusal(answer) == (503, "database_unavailable", error)
            assert answer.headers["Retry-After"] == "5"


def test_a_dead_database_is_named_by_readiness_while_the_process_is_alive(server_without_sql):
    with server_without_sql.client() as api:
        ready = api.get("health/ready")
        assert refusal(ready)[:2] == (503, "not_ready")
        assert [(error["field"], error["code"]) for error in ready.json()["errors"]] == [("sql", "away")]
        assert ready.json()["detail"] == "sql: unreachable (OperationalError)"
        assert ready.headers["Retry-After"] == "5"
        assert api.get("health").json()["Status"] == "ALIVE"


def test_a_dead_cassandra_leaves_logging_in_as_it_is(server_without_cassandra, alice):
    with server_without_cassandra.client() as api:
        response = api.post("auth/login", json={"username": alice.username, "password": PASSWORD})
        assert response.status_code == 200
        assert response.json()["data"]["id"] == alice.id
        assert api.post("auth/register", json={"username": new_name(), "password": PASSWORD}).status_code == 201


def test_a_dead_cassandra_makes_messages_a_503_within_5_s_and_never_an_empty_inbox(server_without_cassandra, alice):
    with server_without_cassandra.client(alice.token) as api:
        for ask in (
            lambda: api.get("messages/"),
            lambda: api.get("messages/?page=2"),
            lambda: api.post("messages/send", json={"recipient": alice.username, "content": "hello"}),
        ):
            began = time.monotonic()
            answer = ask()
            assert time.monotonic() - began < 5
            error = "Messages can't be reached for a moment. Please try again."
            assert refusal(answer) == (503, "storage_unavailable", error)
            assert answer.headers["Retry-After"] == "5"
    assert alice.history()["messages"] == []


def test_a_dead_cassandra_does_not_hide_what_is_wrong_with_a_request(server_without_cassandra, alice):
    with server_without_cassandra.client(alice.token) as api:
        unknown = api.post("messages/send", json={"recipient": new_name(), "content": "hello"})
        assert refusal(unknown)[1] == "recipient_not_found"
        assert api.get("messages/?pageSize=101").status_code == 400


def test_a_dead_cassandra_is_named_by_readiness_while_the_process_is_alive(server_without_cassandra):
    with server_without_cassandra.client() as api:
        ready = api.get("health/ready")
        assert refusal(ready)[:2] == (503, "not_ready")
        assert [error["field"] for error in ready.json()["errors"]] == ["cassandra"]
        assert ready.json()["detail"].startswith("cassandra: unreachable (StorageUnavailable)")
        assert api.get("health").json()["Status"] == "ALIVE"


# Answers and logs


def test_401_404_and_405_are_no_plain_text(api):
    assert [refusal(api.get(path))[0] for path in ("messages/", "nothing", "auth/login")] == [401, 404, 405]


def test_logs_print_no_contents_passwords_or_tokens(server, server_without_cassandra, server_without_sql, alice):
    mark = f"mark-{secrets.token_hex(8)}"
    for running in (server, server_without_cassandra, server_without_sql):
        request = f"asked-{secrets.token_hex(4)}"
        with running.client(alice.token) as api:
            api.headers["X-Request-ID"] = request
            api.post("messages/send", json={"recipient": alice.username, "content": mark})
            api.post("messages/send", json={"recipient": mark, "content": mark})
            api.post("messages/send", json={"recipient": alice.username, "content": f"\a{mark}"})
            api.post("messages/send", json={"recipient": alice.username, "content": mark * 500})
            api.post("messages/send", content=f'{{"content": "{mark}'.encode())
            api.post("auth/register", json={"username": new_name(), "password": mark})
            api.post("auth/register", json={"username": alice.username, "password": mark})
            api.post("auth/register", json={"username": new_name(), "password": mark * 10})
            api.post("auth/login", json={"username": alice.username, "password": mark})
            api.post("auth/login", json={"username": alice.username, "password": PASSWORD})
            api.post(f"auth/login?password={mark}", content=mark.encode())
            api.get(f"messages/?pageSize={mark}&before={mark}")
            api.get("messages/", headers={"Authorization": f"Bearer {mark}"})
            api.get("messages/", headers={"Cookie": f"sessionid={mark}"})
            api.get(f"nothing?token={mark}")
        log = running.log.read_text()
        assert len(re.findall(f"answered request_id={request} ", log)) == 15  # each was logged, and once
        for secret in (mark, PASSWORD, alice.token, os.environ["JWT_SECRET_KEY"], "pw-of-the-database"):
            assert secret not in log


def test_the_schema_is_made_by_the_project_alone_and_twice_does_no_harm():
    keyspace = f"chat_test_{os.getpid()}_again"
    environment = {"CASSANDRA_KEYSPACE": keyspace, "PATH": "/nowhere"}
    try:
        for _ in range(2):
            assert manage(environment, "migrate_cassandra") == "Cassandra's schema is up to date.\n"
        tables = get_bare_session().execute(
            "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s", [keyspace]
        )
        names = {row["table_name"] for row in tables}
        assert names >= {"timeline", "timeline_buckets", "conversations", "changes"}
    finally:
        get_bare_session().execute(f"DROP KEYSPACE IF EXISTS {keyspace}")


def test_a_schema_step_without_cassandra_says_so():
    (port,) = free_ports(1)
    with pytest.raises(subprocess.CalledProcessError) as failed:
        manage({"CASSANDRA_NODES": f"127.0.0.1:{port}"}, "migrate_cassandra")
    assert "Cassandra can't be reached" in failed.value.stderr
    assert "see CASSANDRA_NODES" in failed.value.stderr
