"""How often something may be done, as clients meet it: exact, by account where there is one, and told beforehand."""

import itertools
import re
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.contract.talking import bearer, log_in, refusal, register
from tests.factories import PASSWORD, new_name
from tests.server import running_server, wait_until_settled

QUOTAS = {
    "RATE_LIMIT_LOGIN": "10/900",
    "RATE_LIMIT_LOGIN_NAME": "20/3600",
    "RATE_LIMIT_LOGIN_ADDRESS": "15/900",
    "RATE_LIMIT_REGISTER": "3/3600",
    "RATE_LIMIT_SEND": "5/600",
    "RATE_LIMIT_READ": "8/600",
    "RATE_LIMIT_CHANGE": "3/600",
    "RATE_LIMIT_REPORT": "2/600",
}


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """The real server with two workers, and quotas that tests can use up."""
    with running_server(tmp_path_factory.mktemp("limited"), RATE_LIMITS="yes", **QUOTAS) as server:
        yield server


@pytest.fixture
def at(limited):
    """`at(address)` is a client that a trusted proxy, this machine, tells to be there; by itself at a new place."""
    clients = []

    def make(address=None):
        client = limited.client()
        client.headers["X-Forwarded-For"] = address or new_address()
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


def new_address():
    return ".".join(str(1 + secrets.randbelow(99)) for _ in range(4))


def try_to_log_in(client, username, password="not the password"):
    return client.post("auth/login", json={"username": username, "password": password})


def statuses(answers):
    return Counter(answer.status_code for answer in answers)


# Logging in


def test_of_1000_tries_over_8_connections_exactly_10_are_looked_at(limited, at):
    username, place = register(at())["username"], new_address()

    def hammer(_):
        client = at(place)
        return [try_to_log_in(client, username) for _ in range(125)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(itertools.chain(*pool.map(hammer, range(8))))
    assert statuses(answers) == {401: 10, 429: 990}
    assert try_to_log_in(at(place), username, PASSWORD).status_code == 429


def test_a_refusal_says_when_it_is_worth_another_try(at):
    client, username = at(), new_name()
    for _ in range(10):
        assert try_to_log_in(client, username).status_code == 401
    refused = try_to_log_in(client, username)
    seconds = int(refused.headers["Retry-After"])
    assert 880 < seconds <= 900
    told = f"Too many tries to log in with this name. Try again in {seconds} s."
    assert refusal(refused) == (429, "rate_limited", told)
    assert refused.headers["RateLimit-Policy"] == '"login";q=10;w=900, "login-address";q=15;w=900'
    assert re.fullmatch(rf'"login";r=0;t={seconds}, "login-address";r=5;t=\d+', refused.headers["RateLimit"])


def test_tries_are_counted_without_regard_to_the_names_case_or_writing(at):
    client, name = at(), new_name()
    for written in (name, name.upper(), name.title(), "".join(chr(ord(letter) + 0xFEE0) for letter in name)) * 3:
        answer = try_to_log_in(client, written)
    assert answer.status_code == 429


def test_a_log_in_that_succeeds_is_given_back(at):
    client = at()
    credentials = register(client)
    for _ in range(25):
        answer = client.post("auth/login", json=credentials)
        assert answer.status_code == 200
    assert answer.headers["RateLimit-Policy"] == '"login";q=10;w=900, "login-address";q=15;w=900'
    assert re.fullmatch(r'"login";r=10;t=\d+, "login-address";r=15;t=\d+', answer.headers["RateLimit"])


def test_a_log_in_that_succeeds_gives_back_no_other_try(at):
    client = at()
    own, victim = register(client), new_name()
    answers = []
    for _ in range(12):
        answers.append(try_to_log_in(client, victim))
        assert client.post("auth/login", json=own).status_code == 200
    assert statuses(answers) == {401: 10, 429: 2}


def test_many_names_from_one_address_are_limited_too(at):
    client = at()
    assert statuses(try_to_log_in(client, new_name()) for _ in range(20)) == {401: 15, 429: 5}
    assert try_to_log_in(at(), new_name()).status_code == 401


def test_what_cannot_be_a_log_in_is_not_counted(at):
    client, name = at(), new_name()
    for _ in range(20):
        assert try_to_log_in(client, name, "x" * 129).status_code == 400
        assert client.post("auth/login", json={"username": name}).status_code == 400
    assert try_to_log_in(client, name).headers["RateLimit"].startswith('"login";r=9;')


def test_strangers_who_try_from_many_places_lock_a_name_elsewhere_but_never_where_its_owner_was(at):
    home = new_address()
    credentials = register(at(home))
    log_in(at(home), credentials)
    tries = [try_to_log_in(at(), credentials["username"]) for _ in range(25)]
    assert statuses(tries) == {401: 20, 429: 5}
    assert try_to_log_in(at(), credentials["username"], PASSWORD).status_code == 429
    assert try_to_log_in(at(home), credentials["username"], PASSWORD).status_code == 200
    neighbour = f"{home.rpartition('.')[0]}.200"  # a home's address changes within the provider's network
    assert try_to_log_in(at(neighbour), credentials["username"], PASSWORD).status_code == 200


def test_a_place_where_the_owner_was_is_limited_too(at):
    home = new_address()
    credentials = register(at(home))
    log_in(at(home), credentials)
    tries = [try_to_log_in(at(home), credentials["username"]) for _ in range(12)]
    assert statuses(tries) == {401: 10, 429: 2}


def test_nothing_tells_who_exists_or_has_been_at_a_place(at):
    home = new_address()
    credentials = register(at(home))
    log_in(at(home), credentials)
    known = try_to_log_in(at(home), credentials["username"])
    place = new_address()
    elsewhere, unknown = try_to_log_in(at(place), credentials["username"]), try_to_log_in(at(new_address()), new_name())
    assert refusal(known) == refusal(elsewhere) == refusal(unknown)
    for name in ("RateLimit-Policy", "RateLimit"):
        values = {re.sub(r"t=\d+", "t", answer.headers[name]) for answer in (known, elsewhere, unknown)}
        assert len(values) == 1
    tries = [try_to_log_in(at(), name) for name in [new_name()] * 25]
    assert statuses(tries) == {401: 20, 429: 5}  # as for a name that somebody has


def test_an_ipv6_home_is_one_place(at):
    name, home = new_name(), f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}"
    tries = [try_to_log_in(at(f"{home}::{number:x}"), name) for number in range(1, 13)]
    assert statuses(tries) == {401: 10, 429: 2}
    assert try_to_log_in(at("2001:db8:1:2::1"), name).status_code == 401


def test_the_admins_form_is_limited_by_the_same_counts(limited, at):
    place = new_address()
    username = register(at())["username"]
    for _ in range(9):
        try_to_log_in(at(place), username)
    with httpx.Client(base_url=limited.url, headers={"X-Forwarded-For": place}, timeout=20) as browser:
        browser.get("/admin/login/")

        def submit(password):
            form = {"username": username, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
            return browser.post("/admin/login/", data=form)

        assert submit("not the password").status_code == 200  # the form again
        refused = submit(PASSWORD)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 800
    assert "Too many tries to log in with this name." in refused.text


# Addresses


def test_what_a_client_says_before_the_proxys_word_makes_no_new_place(at):
    name, place = new_name(), new_address()
    tries = [try_to_log_in(at(f"{new_address()}, {place}"), name) for _ in range(12)]
    assert statuses(tries) == {401: 10, 429: 2}


def test_forged_headers_of_whoever_is_no_named_proxy_are_not_believed(tmp_path):
    options = {**QUOTAS, "FORWARDED_ALLOW_IPS": "192.0.2.1", "RATE_LIMIT_LOGIN": "3/900"}
    with running_server(tmp_path, RATE_LIMITS="yes", **options) as server, server.client() as client:
        name = new_name()
        forged = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP")
        tries = []
        for _ in range(6):
            headers = {header: new_address() for header in forged}
            body = {"username": name, "password": "not the password"}
            tries.append(client.post("auth/login", json=body, headers=headers))
        assert statuses(tries) == {401: 3, 429: 3}
        credentials = register(client)
        answer = log_in(client, credentials, **{"X-Forwarded-For": "203.0.113.7"})
        (session,) = client.get("auth/sessions", headers=bearer(answer)).json()["sessions"]
        assert session["address_prefix"] == "127.0.0.0/24"


# Registering


def test_new_accounts_are_limited_by_address_and_only_what_makes_one_is_counted(at):
    client = at()
    taken = register(client)["username"]
    for _ in range(5):
        assert client.post("auth/register", json={"username": taken, "password": PASSWORD}).status_code == 409
        assert client.post("auth/register", json={"username": new_name(), "password": "short"}).status_code == 400
    register(client)
    register(client)
    name = new_name()
    refused = client.post("auth/register", json={"username": name, "password": PASSWORD})
    told = f"Too many new accounts from this address. Try again in {refused.headers['Retry-After']} s."
    assert refusal(refused) == (429, "rate_limited", told)
    assert refused.headers["RateLimit-Policy"] == '"register";q=3;w=3600'
    assert re.fullmatch(r'"register";r=0;t=3[56]\d\d', refused.headers["RateLimit"])
    # Nobody was made.
    assert at().post("auth/register", json={"username": name, "password": PASSWORD}).status_code == 201


def test_of_many_registrations_at_once_exactly_the_quota_makes_accounts(at):
    place = new_address()
    clients = [at(place) for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        body = {"password": PASSWORD}
        answers = pool.map(lambda one: one.post("auth/register", json={**body, "username": new_name()}), clients)
    assert statuses(answers) == {201: 3, 429: 9}


def test_of_many_registrations_of_one_name_at_once_one_is_counted(limited, at):
    place, name = new_address(), new_name()
    body = {"username": name, "password": PASSWORD}
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda client: client.post("auth/register", json=body), [at(place) for _ in range(3)]))
    assert statuses(answers) == {201: 1, 409: 2}
    register(at(place))
    register(at(place))
    assert at(place).post("auth/register", json={**body, "username": new_name()}).status_code == 429


# By account


@pytest.fixture
def come(at):
    """A maker of people who have logged in: their answer to it, and a client that speaks as them."""

    def make(place=None):
        client = at(place)
        answer = log_in(client, register(client))
        client.headers.update(bearer(answer))
        return answer, client

    return make


def send(client, recipient, content="hello"):
    return client.post("messages/send", json={"recipient": recipient, "content": content})


def test_sends_are_limited_by_account_so_an_office_behind_one_address_shares_nothing(come):
    office = new_address()
    (alice, as_alice), (bob, as_bob) = come(office), come(office)
    answers = [send(as_alice, bob["data"]["username"], str(number)) for number in range(7)]
    assert statuses(answers) == {201: 5, 429: 2}
    assert answers[0].headers["RateLimit-Policy"] == '"send";q=5;w=600'
    assert re.fullmatch(r'"send";r=4;t=(599|600)', answers[0].headers["RateLimit"])
    told = f"Too many messages sent. Try again in {answers[-1].headers['Retry-After']} s."
    assert refusal(answers[-1]) == (429, "rate_limited", told)
    assert re.fullmatch(rf'"send";r=0;t={answers[-1].headers["Retry-After"]}', answers[-1].headers["RateLimit"])
    assert send(as_bob, alice["data"]["username"], "from bob").status_code == 201
    contents = [message["content"] for message in as_bob.get("messages/").json()["messages"]]
    assert contents == ["from bob", "4", "3", "2", "1", "0"]  # what was refused was not sent


def test_an_account_is_limited_whatever_its_address_and_session(at):
    credentials = register(at())
    answers = []
    for _ in range(7):
        client = at()
        client.headers.update(bearer(log_in(client, credentials)))
        answers.append(send(client, credentials["username"]))
    assert statuses(answers) == {201: 5, 429: 2}


def test_reads_are_limited_apart_from_sends(come):
    alice, client = come()
    answers = [client.get("messages/") for _ in range(10)]
    assert statuses(answers) == {200: 8, 429: 2}
    assert answers[0].headers["RateLimit-Policy"] == '"read";q=8;w=600'
    assert re.fullmatch(r'"read";r=7;t=(599|600)', answers[0].headers["RateLimit"])
    assert send(client, alice["data"]["username"]).status_code == 201


def test_of_many_reads_at_once_exactly_the_quota_is_answered(come, limited):
    _, client = come()
    client.get("messages/")  # from now on Redis counts and recognises in one step

    def read(_):
        with limited.client() as own:
            return own.get("messages/", headers={"Authorization": client.headers["Authorization"]})

    with ThreadPoolExecutor(16) as pool:
        assert statuses(pool.map(read, range(40))) == {200: 7, 429: 33}


def test_refreshes_are_changes_and_a_refused_one_leaves_the_token_good(come):
    answer, client = come()
    for _ in range(3):
        refreshed = client.post("auth/refresh", json={"refresh_token": answer["refresh_token"]})
        assert refreshed.status_code == 200
        answer = refreshed.json()
    refused = client.post("auth/refresh", json={"refresh_token": answer["refresh_token"]})
    assert refusal(refused)[:2] == (429, "rate_limited")
    assert refused.headers["RateLimit-Policy"] == '"change";q=3;w=600'
    (session,) = client.get("auth/sessions").json()["sessions"]
    assert session["current"]


def test_whoever_uses_up_somebodys_counts_with_a_stolen_token_can_still_be_thrown_out(at, come):
    client = at()
    credentials = register(client)
    thief = at()
    thief.headers.update(bearer(log_in(thief, credentials)))
    stolen = log_in(client, credentials)
    for _ in range(12):
        thief.get("messages/")
        thief.post("auth/refresh", json={"refresh_token": stolen["refresh_token"]})
    owner = at()
    owner.headers.update(bearer(log_in(owner, credentials)))
    assert owner.get("auth/sessions").status_code == 429
    assert owner.delete("auth/sessions").json()["ended"] >= 1
    assert thief.get("messages/").status_code == 401
    assert owner.post("auth/logout").status_code == 204


def test_whoever_is_not_recognised_uses_up_nobodys_count(come):
    _, client = come()
    forged = client.headers["Authorization"][:-4] + "AAAA"
    for _ in range(20):
        assert client.get("messages/", headers={"Authorization": forged}).status_code == 401
    assert client.get("messages/").headers["RateLimit"].startswith('"read";r=7;')


def test_reports_are_counted_by_account_and_by_themselves(come):
    person, client = come()
    other, _ = come()
    body = {"username": other["data"]["username"], "category": "spam"}
    answers = [client.post("reports", json=body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert refusal(answers[2])[1] == "rate_limited"
    assert answers[0].headers["RateLimit-Policy"] == '"report";q=2;w=600'
    assert client.get("reports").headers["RateLimit-Policy"] == '"read";q=8;w=600'
    assert send(client, person["data"]["username"]).status_code == 201


# One's own


def test_one_can_ask_for_ones_own_limits(come):
    alice, client = come()
    send(client, alice["data"]["username"])
    for _ in range(2):
        response = client.get("users/me/limits")
    assert response.status_code == 200
    limits = response.json()["limits"]
    resets = {limit["policy"]: limit.pop("reset") for limit in limits}
    assert limits == [
        {"policy": "send", "quota": 5, "window": 600, "remaining": 4},
        {"policy": "read", "quota": 8, "window": 600, "remaining": 6},  # by asking twice
        {"policy": "change", "quota": 3, "window": 600, "remaining": 3},
        {"policy": "report", "quota": 2, "window": 600, "remaining": 2},
    ]
    assert 590 < resets["send"] <= 600
    assert 590 < resets["read"] <= 600
    assert resets["change"] == 0
    assert response.headers["RateLimit"].startswith('"read";r=6;')


def test_strangers_have_no_limits_to_ask_for(api):
    assert refusal(api.get("users/me/limits"))[:2] == (401, "not_authenticated")


def test_where_limits_are_off_nothing_is_told_of_them(api, alice):
    credentials = {"username": alice.username, "password": PASSWORD}
    for answer in (
        api.post("auth/login", json=credentials),
        alice.send(alice.username, "hello"),
        alice.get("messages/"),
        alice.get("users/me/limits"),
    ):
        assert answer.is_success
        assert not [name for name in answer.headers if name.startswith("ratelimit")]
    assert alice.get("users/me/limits").json() == {"limits": []}


# Redis is away


def test_without_redis_each_worker_limits_by_itself_and_nobody_is_let_through_without_limit(
    limited, at, come, parts, dead
):
    _, client = come()
    name, place = new_name(), new_address()
    with dead(parts.valkey):
        tries = statuses(try_to_log_in(at(place), name) for _ in range(40))
        reads = statuses(client.get("messages/") for _ in range(30))
    wait_until_settled(limited)
    assert 10 <= tries[401] <= 20
    assert tries[429] == 40 - tries[401]
    assert 8 <= reads[200] <= 16
    assert reads[429] == 30 - reads[200]
