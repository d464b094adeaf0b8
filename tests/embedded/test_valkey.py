import socket

import pytest

from embedded.valkey import Valkey


@pytest.fixture
def valkey(tmp_path, port):
    part = Valkey(tmp_path, port, password="a secret")
    part.start()
    part.wait_ready()
    yield part
    part.kill()


def ask(part, *commands):
    with socket.create_connection((part.host, part.port), 5) as connection:
        connection.sendall("".join(f"{command}\r\n" for command in (*commands, "QUIT")).encode())
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode()


def test_it_answers_those_who_know_the_password(valkey):
    assert ask(valkey, "PING").startswith("-NOAUTH")
    assert ask(valkey, 'AUTH "a secret"', "PING") == "+OK\r\n+PONG\r\n+OK\r\n"


def test_its_configuration_is_kept_from_others(valkey):
    assert (valkey.directory / "valkey.conf").stat().st_mode & 0o777 == 0o600


def test_its_url_has_password_and_database(valkey):
    assert valkey.url == f"redis://:a%20secret@127.0.0.1:{valkey.port}/1"


def test_it_keeps_nothing(valkey):
    ask(valkey, 'AUTH "a secret"', "SET key value")
    valkey.stop()
    valkey.start()
    valkey.wait_ready()
    assert "$-1" in ask(valkey, 'AUTH "a secret"', "GET key")


@pytest.mark.parametrize(
    ("name", "value"),
    [("maxmemory", "67108864"), ("maxmemory-policy", "allkeys-lru"), ("save", ""), ("appendonly", "no")],
)
def test_it_is_a_cache(valkey, name, value):
    assert f"\r\n{value}\r\n" in ask(valkey, 'AUTH "a secret"', f"CONFIG GET {name}")


def test_it_listens_on_this_machine_alone(valkey):
    assert "\r\n127.0.0.1\r\n" in ask(valkey, 'AUTH "a secret"', "CONFIG GET bind")
