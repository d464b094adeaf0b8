"""Whatever dies, at whatever moment: what was accepted is in both inboxes, once, and the service comes back."""

import logging
import os
import random
import signal
import threading
import time
from collections import Counter

import httpx
import pytest

from embedded.ports import free_ports
from tests.conftest import PASSWORD, disturb, new_name, wait_for_parts
from tests.embedded.waiting import is_alive, wait_until
from tests.server import gunicorn, manage, wait_until_alive

SENDERS = 8
KILLS = 20
BACK_WITHIN = 30  # seconds from a part's return to the first send that is accepted


class Sender(threading.Thread):
    """Sends messages that are told apart by their content, never one twice, and keeps what was answered to each."""

    def __init__(self, url, token, name, recipient, stop):
        super().__init__()
        self.url, self.token, self.username, self.recipient, self.stop = url, token, name, recipient, stop
        self.answers = {}

    def run(self):
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=20) as client:
            while not self.stop.is_set():
                content = f"{self.username} {len(self.answers)}"
                self.answers[content] = None
                try:
                    body = {"recipient": self.recipient, "content": content}
                    self.answers[content] = client.post("/messages/send", json=body).status_code
                except httpx.TransportError:
                    time.sleep(0.05)  # nobody listens just now
                time.sleep(0.01)


class Everything:
    """The parts and the server, and how each of them is killed and comes back."""

    def __init__(self, parts, directory):
        self.parts = parts
        (port,) = free_ports(1)
        self.environment = {"DATABASE_URL": f"sqlite:///{directory}/server.sqlite3", "APP_PORT": str(port)}
        manage(self.environment, "migrate", "--noinput")
        self.log = directory / "server.log"
        self.start_server()

    def start_server(self):
        self.server = gunicorn(self.environment, self.log)
        wait_until_alive(self.server)

    def workers(self):
        pid = self.server.process.pid
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            return [int(child) for child in children.read().split()]

    def kill_gunicorn(self):
        """The master; its workers see that it is gone and end. A service manager starts it again."""
        workers = self.workers()
        self.server.process.kill()
        self.server.process.wait()
        wait_until(lambda: not any(map(is_alive, workers)), seconds=BACK_WITHIN)
        self.start_server()

    def kill_worker(self):
        os.kill(random.choice(self.workers()), signal.SIGKILL)

    def kill_cassandra(self):
        self._kill(self.parts.cassandra)

    def kill_valkey(self):
        self._kill(self.parts.valkey)

    def _kill(self, part):
        disturb()
        part.kill()
        time.sleep(random.uniform(0, 0.5))
        part.start()
        part.wait_ready()


def log_in(client):
    name = new_name()
    client.post("/auth/register", json={"username": name, "password": PASSWORD}).raise_for_status()
    return name, client.post("/auth/login", json={"username": name, "password": PASSWORD}).json()["token"]


def contents(client):
    """The contents of a whole inbox, walked by cursors."""
    page = client.get("/messages/", params={"limit": 100}).json()
    found = [message["content"] for message in page["messages"]]
    while page["older"]:
        page = client.get("/messages/", params={"limit": 100, "before": page["older"]}).json()
        found += [message["content"] for message in page["messages"]]
    return found


def assert_that_a_send_is_accepted_soon(client, name):
    """The service is back: it takes a message to oneself, which nobody counts."""

    def accepted():
        try:
            return client.post("/messages/send", json={"recipient": name, "content": "back?"}).status_code == 201
        except httpx.TransportError:
            return False

    wait_until(accepted, seconds=BACK_WITHIN)


@pytest.fixture(autouse=True)
def _quiet():
    """Thousands of lines of the client's would bury what went wrong."""
    logging.getLogger("httpx").setLevel(logging.WARNING)


@pytest.mark.timeout(600)
def test_twenty_kills_of_everything_lose_and_double_nothing(parts, tmp_path):
    everything = Everything(parts, tmp_path)
    stop = threading.Event()
    try:
        with everything.server.client() as anonymous:
            recipient, recipients_token = log_in(anonymous)
            probe, probes_token = log_in(anonymous)
            people = [log_in(anonymous) for _ in range(SENDERS)]
        senders = [Sender(everything.server.url, token, name, recipient, stop) for name, token in people]
        for sender in senders:
            sender.start()
        victims = [everything.kill_gunicorn, everything.kill_worker, everything.kill_cassandra, everything.kill_valkey]
        for number in range(KILLS):
            time.sleep(random.uniform(0.2, 1.0))
            victims[number % len(victims)]()
            with everything.server.client(probes_token) as client:
                assert_that_a_send_is_accepted_soon(client, probe)
        stop.set()
        for sender in senders:
            sender.join()

        answers = {content: status for sender in senders for content, status in sender.answers.items()}
        accepted = {content for content, status in answers.items() if status == 201}
        assert len(accepted) > 20 * SENDERS
        assert set(answers.values()) <= {201, 503, None}
        with everything.server.client(recipients_token) as client:
            received = Counter(contents(client))
            total = client.get("/messages/?page=1&pageSize=1").json()["pagination"]["totalMessages"]
        assert accepted - received.keys() == set()
        assert received.keys() - answers.keys() == set()
        assert set(received.values()) == {1}
        assert total == len(received)
        for sender in senders:
            with everything.server.client(sender.token) as client:
                sent = Counter(contents(client))
            assert sent == {content: 1 for content in received if content in sender.answers}
    finally:
        stop.set()
        everything.server.process.terminate()
        everything.server.process.wait(30)
        wait_for_parts()
