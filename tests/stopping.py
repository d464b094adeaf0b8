"""Stopping a server in order: its clients, and what to wait for."""

import http.client
import json
import signal
import socket
import subprocess
from contextlib import closing

import pytest

from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name

SOON = 12.0  # seconds: a stop takes 0.2, and the machine may be busy; who has to be waited for takes 20


class Person:
    """Somebody who writes to themselves, each time by a connection of their own, as nginx does for its clients."""

    def __init__(self, server):
        self.address = address_of(server)
        self.token = ""
        self.username = new_name()
        credentials = {"username": self.username, "password": PASSWORD}
        assert self.post("auth/register", credentials)[0] == 201
        self.token = self.post("auth/login", credentials)[1]["token"]

    def send(self, content="hello"):
        """Return the answer's status."""
        return self.post("messages/send", {"recipient": self.username, "content": content})[0]

    def total(self):
        return self.answer(self.begin("GET", "messages/"))[1]["pagination"]["totalMessages"]

    def post(self, path, body):
        return self.answer(self.begin("POST", path, body))

    def begin(self, method, path, body=None, *, kept_back=0):
        """Send a request but for the last bytes, and return the connection."""
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        content = b"" if body is None else json.dumps(body).encode()
        connection.putrequest(method, f"/api/v1/{path}")
        connection.putheader("Authorization", f"Bearer {self.token}")
        connection.putheader("Content-Length", str(len(content)))
        connection.endheaders(content[: len(content) - kept_back])
        connection.kept_back = content[len(content) - kept_back :]
        return connection

    def answer(self, connection):
        with closing(connection):
            response = connection.getresponse()
            return response.status, json.loads(response.read())


def address_of(server):
    return "127.0.0.1", int(server.url.rpartition(":")[2])


def refuses(server):
    """Whether nobody listens any more."""
    try:
        socket.create_connection(address_of(server), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it was let go of meanwhile
        pass
    return False


def stop(server):
    """Send SIGTERM, and return when new connections are refused."""
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: refuses(server), seconds=SOON)


def assert_it_ends(server, *, within):
    try:
        assert server.process.wait(within) == 0
    except subprocess.TimeoutExpired:
        pytest.fail(f"it runs after {within} s:\n{server.log.read_text()}")
