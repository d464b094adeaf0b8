"""Valkey with the deployment's configuration."""

import subprocess

import pytest
import redis

from embedded.ports import free_ports
from embedded.programs import find_redis
from tests.embedded.waiting import wait_until
from tests.server import ROOT

PASSWORD = "a-password-of-this-test"


@pytest.fixture
def valkey(tmp_path):
    (port,) = free_ports(1)
    (tmp_path / "requirepass.conf").write_text(f"requirepass {PASSWORD}\n")
    text = (ROOT / "deploy/valkey/valkey.conf").read_text()
    own = {"/secrets/": f"{tmp_path}/", "port 6379": f"port {port}", "dir /tmp": f"dir {tmp_path}"}
    for deployed, ours in own.items():
        assert deployed in text
        text = text.replace(deployed, ours)
    configuration = tmp_path / "valkey.conf"
    configuration.write_text(f"{text}bind 127.0.0.1\n")
    process = subprocess.Popen([find_redis(), configuration], stdout=subprocess.DEVNULL)
    with redis.Redis(port=port, password=PASSWORD, db=1) as client:
        wait_until(lambda: answers(client))
        yield client
    process.terminate()
    process.wait(30)


def answers(client):
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


def test_nobody_is_let_in_without_the_password(valkey):
    port = valkey.get_connection_kwargs()["port"]
    with redis.Redis(port=port, db=1) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.get("key")


def test_it_forgets_the_least_used_instead_of_refusing_and_keeps_nothing_on_disk(valkey):
    assert valkey.config_get("maxmemory", "maxmemory-policy", "save", "appendonly") == {
        "maxmemory": str(256 * 2**20),
        "maxmemory-policy": "allkeys-lru",
        "save": "",
        "appendonly": "no",
    }
