"""Many requests at the same moment, of which only so many may succeed."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.prove.client import PASSWORD, Person, api, at_once, enter, keys, new_name
from tests.prove.stage import Service, Stage
from tests.prove.trial import Attempt, Outcome, Trial

AT_ONCE = 16
CONNECTIONS, TRIES = 8, 1_000

Race = Callable[[Service], str]


def refresh(service: Service) -> str:
    """One refresh token, by many: the second is taken for a client that lost its answer."""
    person = new_name()
    credentials = {"username": person, "password": PASSWORD}
    with api(service.url) as client:
        client.post("/auth/register", json=credentials).raise_for_status()
        token = client.post("/auth/login", json=credentials).json()["refresh_token"]
    answers = at_once(service.url, AT_ONCE, lambda client: client.post("/auth/refresh", json={"refresh_token": token}))
    successors = {answer.json()["refresh_token"] for answer in answers if answer.status_code == httpx.codes.OK}
    with api(service.url) as client:
        good = sum(
            client.post("/auth/refresh", json={"refresh_token": successor}).status_code == httpx.codes.OK
            for successor in successors
        )
    return f"{statuses(answers)}; {len(successors)} new token, {good} of it good"


def register(service: Service) -> str:
    """One name, for many."""
    body = {"username": new_name(), "password": PASSWORD}
    return statuses(at_once(service.url, AT_ONCE, lambda client: client.post("/auth/register", json=body)))


def send_with_one_key(service: Service) -> str:
    """One message with one key, at once from everywhere."""
    alice, bob, key = enter(service.url), enter(service.url), next(keys())

    def send(client: httpx.Client) -> httpx.Response:
        return Person(service.url, alice.username, alice.token).send(bob.username, "once", key=key)

    answers = at_once(service.url, AT_ONCE, send)
    ids = {answer.json().get("id") for answer in answers}
    there = [message["id"] for message in bob.history()]
    return f"{statuses(answers)}; {len(ids)} id, {len(there)} message, the same: {'yes' if {*there} == ids else 'no'}"


def guess_passwords(service: Service) -> str:
    """One name and one address, by as many as can be."""
    username = enter(service.url).username
    body = {"username": username, "password": "not the password"}

    def guess(_: int) -> list[httpx.Response]:
        with api(service.url) as client:
            return [client.post("/auth/login", json=body) for _ in range(TRIES // CONNECTIONS)]

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return statuses(itertools.chain(*pool.map(guess, range(CONNECTIONS))))


def statuses(answers: Iterable[httpx.Response]) -> str:
    """How often each status was answered, in words."""
    counted = sorted(Counter(answer.status_code for answer in answers).items())
    return ", ".join(f"{times:,} x {status}" for status, times in counted)


RACES: list[tuple[str, str, Race]] = [
    ("One refresh token, 16 times at once", "2 x 200, 14 x 401; 1 new token, 1 of it good", refresh),
    ("16 registrations of one name at once", "1 x 201, 15 x 409", register),
    ("16 sends with one Idempotency-Key at once", "16 x 201; 1 id, 1 message, the same: yes", send_with_one_key),
]
# Counted in Redis, whatever people are kept in.
GUESSES = ("1,000 wrong log-ins over 8 connections, at a limit of 10", "10 x 401, 990 x 429", guess_passwords)


def on_sqlite(stage: Stage, times: int) -> Outcome:
    """Run all races."""
    return run(stage.service, [*RACES, GUESSES], times)


def on_postgresql(stage: Stage, times: int) -> Outcome:
    """Run those that SQL decides."""
    return run(stage.service_on_postgres, RACES, times)


def run(service: Service, races: Sequence[tuple[str, str, Race]], times: int) -> Outcome:
    """Run each race so often."""
    outcome = Outcome()
    for what, expected, race in races:
        attempt = Attempt(what, expected)
        for _ in range(times):
            attempt.add(race(service))
        outcome.injected += attempt.times
        outcome.attempts.append(attempt)
        outcome.findings += attempt.findings()
    return outcome


TRIALS = [
    Trial("races-on-sqlite", "Many at once, over SQLite", on_sqlite, times=3),
    Trial("races-on-postgresql", "Many at once, over PostgreSQL", on_postgresql, times=3),
]
