"""Talking to the server as a client of the API does."""

import json
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
import psycopg

from tests.factories import PASSWORD, new_name
from tests.server import Server

MEMBERS = ["type", "title", "status", "detail", "code", "request_id", "errors", "error"]


@dataclass(frozen=True)
class Person:
    """Somebody who has registered and logged in."""

    id: str
    username: str
    token: str
    api: httpx.Client

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, recipient: str, content: str) -> httpx.Response:
        return self.post("messages/send", {"recipient": recipient, "content": content})

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.api.post(path, json=body, headers=self.headers)

    def get(self, path: str) -> httpx.Response:
        return self.api.get(path, headers=self.headers)

    def history(self, query: str = "") -> dict[str, Any]:
        """A page of the history; fails where it isn't a 200."""
        response = self.get(f"messages/{query}")
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


Enter = Callable[[], Person]


def register(client: httpx.Client) -> dict[str, str]:
    """Make an account; return what logs in."""
    credentials = {"username": new_name(), "password": PASSWORD}
    assert client.post("auth/register", json=credentials).status_code == 201
    return credentials


def newcomer(client: httpx.Client) -> Person:
    """Make an account, and log in."""
    credentials = {"username": new_name(), "password": PASSWORD}
    registered = client.post("auth/register", json=credentials)
    logged_in = client.post("auth/login", json=credentials).json()
    return Person(registered.json()["id"], credentials["username"], logged_in["token"], client)


def log_in(client: httpx.Client, credentials: dict[str, str], **headers: str) -> dict[str, Any]:
    """Return what a log-in answers."""
    response = client.post("auth/login", json=credentials, headers=headers)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def bearer(answer: dict[str, Any]) -> dict[str, str]:
    """Return the headers of whoever was given this by a log-in or a refresh."""
    return {"Authorization": f"Bearer {answer['token']}"}


def at_once(server: Server, number: int, ask: Callable[[httpx.Client], httpx.Response]) -> list[httpx.Response]:
    """Have `number` clients, each with a connection of its own, ask at the same moment."""
    together = threading.Barrier(number)

    def one(_: int) -> httpx.Response:
        with server.client(timeout=60) as client:
            together.wait()
            return ask(client)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def ask_sql(server: Server, question: str) -> list[Any]:
    """Ask the server's database behind its back."""
    if server.database.startswith("sqlite"):
        with closing(sqlite3.connect(server.database.removeprefix("sqlite:///"), timeout=30)) as connection:
            return connection.execute(question).fetchall()
    with psycopg.connect(server.database) as connection:
        return connection.execute(question).fetchall()


def refusal(response: httpx.Response) -> tuple[int, str, str]:
    """Return status, `code` and `error` of an answer that is a problem with all its members."""
    body = response.json()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert list(body) == MEMBERS
    assert body["type"] == "about:blank"
    assert body["title"] == HTTPStatus(response.status_code).phrase
    assert body["status"] == response.status_code
    assert body["detail"]
    assert body["request_id"] == response.headers["X-Request-ID"]
    return response.status_code, body["code"], body["error"]


def faults(response: httpx.Response) -> list[tuple[str, str]]:
    """Return which fields a problem names, each with its code."""
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


INVALID_PAYLOAD = (400, "invalid_payload", "invalid payLoad")
UNEXPECTED = (500, "unexpected", "our bad. something went wrong .. please try again later")


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def padded(body: dict[str, str], size: int) -> bytes:
    """Return `body` as JSON of exactly `size` bytes, by a member that nobody reads."""
    empty = json.dumps({**body, "padding": ""})
    return json.dumps({**body, "padding": "x" * (size - len(empty))}).encode()


def change_people(server: Server, statement: str, person: Person) -> None:
    """Do something to a person behind the server's back; `?` in the statement is the id."""
    with closing(sqlite3.connect(server.log.parent / "server.sqlite3", timeout=30)) as connection, connection:
        connection.execute(statement, [person.id.replace("-", "")])
