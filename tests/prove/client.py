"""Clients of the API: people who register, log in, send, read all that they have, and catch up."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import httpx

PASSWORD = "correct horse battery"
PAGE = 100  # messages, the most that a page may have
TIMEOUT = 30.0  # seconds: over what any request may take, so an answer that is late is seen as one

Message = dict[str, Any]


def api(url: str, token: str | None = None) -> httpx.Client:
    """Return a client of the API at a server's address; it speaks as the owner of `token`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=TIMEOUT)


class Person:
    """Somebody who has an account, and may use several servers of one service."""

    def __init__(self, url: str, username: str, token: str) -> None:
        self.url, self.username, self.token = url, username, token
        self.http = api(url, token)

    def at(self, url: str) -> "Person":
        """Return the same person at another server."""
        return Person(url, self.username, self.token)

    def send(self, recipient: str, content: str, *, key: str | None = None) -> httpx.Response:
        """Send a message, with an Idempotency-Key or without."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.post("/messages/send", json={"recipient": recipient, "content": content}, headers=headers)

    def history(self) -> Iterator[Message]:
        """All that was sent and received, from the newest to the oldest."""
        return older(self.http, "/messages/")

    def conversation(self, name: str) -> Iterator[Message]:
        """All that was said with one person, from the newest to the oldest."""
        return older(self.http, f"/conversations/{quote(name)}/messages")

    def history_upwards(self) -> Iterator[Message]:
        """All that was sent and received, from the oldest to what is the newest when the walk gets there."""
        page = self._get("/messages/", limit=PAGE, date="2000-01-01", tz="UTC")
        yield from reversed(page["messages"])
        while not page["found_newest"]:
            page = self._get("/messages/", limit=PAGE, after=page["newer"])
            yield from reversed(page["messages"])

    def total(self) -> int:
        """How many messages there are, as the service counts them."""
        count: int = self._get("/messages/", page=1, pageSize=1)["pagination"]["totalMessages"]
        return count

    def sync_token(self) -> str:
        """Return a token to catch up from this moment."""
        token: str = self._get("/sync")["next"]
        return token

    def news(self, since: str) -> tuple[list[Message], str]:
        """Return the messages that came or changed since a token, and the next one."""
        messages: list[Message] = []
        while True:
            answer = self._get("/sync", since=since, limit=PAGE)
            messages += answer["messages"]
            since = answer["next"]
            if not answer["has_more"]:
                return messages, since

    def _get(self, path: str, **query: str | int) -> Any:
        return get(self.http, path, **query)


def older(http: httpx.Client, path: str) -> Iterator[Message]:
    """Walk through a history to its end, from the newest message on."""
    page = get(http, path, limit=PAGE)
    yield from page["messages"]
    while not page["found_oldest"]:
        page = get(http, path, limit=PAGE, before=page["older"])
        yield from page["messages"]


def contents(http: httpx.Client) -> list[str]:
    """Return the texts of a whole inbox, the newest first."""
    return [message["content"] for message in older(http, "/messages/")]


def get(http: httpx.Client, path: str, **query: str | int) -> Any:
    """Return what a read answers; raises where it fails."""
    response = http.get(path, params=query)
    response.raise_for_status()
    return response.json()


def new_name() -> str:
    """Return a username that nobody has."""
    return f"u{token_hex(7)}"


def enter(url: str) -> Person:
    """Make an account, and log in."""
    name = new_name()
    credentials = {"username": name, "password": PASSWORD}
    with api(url) as client:
        client.post("/auth/register", json=credentials).raise_for_status()
        answer = client.post("/auth/login", json=credentials)
        answer.raise_for_status()
    return Person(url, name, answer.json()["token"])


def at_once(url: str, number: int, ask: Callable[[httpx.Client], httpx.Response]) -> list[httpx.Response]:
    """Have `number` clients, each with a connection of its own, ask at the same moment."""
    together = threading.Barrier(number)

    def one(_: int) -> httpx.Response:
        with api(url) as client:
            together.wait(TIMEOUT)
            return ask(client)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def keys() -> Iterator[str]:
    """Idempotency-Keys that nobody else has."""
    mine = token_hex(8)
    return (f"{mine}-{number}" for number in itertools.count())


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Return when `condition` holds; raises `TimeoutError` with `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)
