import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from embedded.cassandra import Cassandra
from embedded.ports import free_ports
from tests.embedded.native import cql

KEYSPACE = "CREATE KEYSPACE kept WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}"
ROWS = 200


@pytest.fixture(scope="module")
def cassandra(cassandra_jars, tmp_path_factory):
    native, storage = free_ports(2)
    part = Cassandra(tmp_path_factory.mktemp("cassandra"), native, storage_port=storage)
    part.start()
    part.wait_ready()
    cql(part, KEYSPACE)
    cql(part, "CREATE TABLE kept.rows (key int PRIMARY KEY, value text)")
    yield part
    part.kill()


def insert(part, key, value="found again"):
    cql(part, f"INSERT INTO kept.rows (key, value) VALUES ({key}, '{value}')")


def test_rows_that_were_acknowledged_survive_a_kill(cassandra):
    for key in range(ROWS):
        insert(cassandra, key)
    cassandra.kill()
    cassandra.start()
    cassandra.wait_ready()
    assert cql(cassandra, "SELECT value FROM kept.rows").count(b"found again") >= ROWS


def test_rows_survive_a_stop_and_a_move_to_other_ports(cassandra):
    insert(cassandra, 100_000, "moved")
    cassandra.stop()
    native, storage = free_ports(2)
    assert {native, storage}.isdisjoint({cassandra.port, cassandra.storage_port})
    cassandra.port, cassandra.storage_port = native, storage
    cassandra.start()
    cassandra.wait_ready()
    assert b"moved" in cql(cassandra, "SELECT value FROM kept.rows WHERE key = 100000")


def test_it_stops_in_order(cassandra):
    process = cassandra._process
    cassandra.stop()
    assert process.returncode == 128 + signal.SIGTERM  # Java's way to end after its last work
    assert "Cassandra shutdown complete" in cassandra.log.read_text().splitlines()[-1]
    cassandra.start()
    cassandra.wait_ready()


def test_it_hangs_while_it_is_paused(cassandra):
    cassandra.pause()
    assert not cassandra.is_ready()
    cassandra.resume()
    cassandra.wait_ready(30)


def test_it_listens_on_its_two_ports_of_this_machine_alone(cassandra):
    addresses = set()
    sockets = set()
    for descriptor in Path(f"/proc/{cassandra.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # a file that it has closed meanwhile
            sockets.add(os.readlink(descriptor))
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{cassandra.pid}/net/{table}") as lines:
            for _, local, _, status, *rest in map(str.split, list(lines)[1:]):
                if status == "0A" and f"socket:[{rest[5]}]" in sockets:
                    host, port = local.split(":")
                    addresses.add((socket.inet_ntoa(bytes.fromhex(host)[::-1]), int(port, 16)))
    assert addresses == {("127.0.0.1", cassandra.port), ("127.0.0.1", cassandra.storage_port)}


def test_its_data_center_is_the_one_that_the_service_expects(cassandra):
    assert b"datacenter1" in cql(cassandra, "SELECT data_center FROM system.local")


def test_long_messages_fit_without_a_warning(cassandra):
    # Four copies of the longest content, 10,000 bytes.
    copies = "".join(f"INSERT INTO kept.rows (key, value) VALUES ({-key}, '{'x' * 10_000}'); " for key in range(1, 5))
    cql(cassandra, f"BEGIN BATCH {copies} APPLY BATCH")
    assert "Batch for" not in cassandra.log.read_text()


def test_it_needs_less_than_900_megabytes(cassandra):
    status = dict(line.split(":", 1) for line in Path(f"/proc/{cassandra.pid}/status").read_text().splitlines())
    assert int(status["VmRSS"].split()[0]) < 900_000


def test_the_nodes_of_a_ring_share_seeds_and_name(tmp_path):
    node = Cassandra(
        tmp_path, 9042, storage_port=7000, host="127.0.1.2", seeds=["127.0.1.1", "127.0.1.2"], cluster_name="ring"
    )
    settings = node.settings()
    assert settings["cluster_name"] == "ring"
    assert settings["listen_address"] == settings["rpc_address"] == "127.0.1.2"
    assert settings["seed_provider"][0]["parameters"] == [{"seeds": "127.0.1.1:7000,127.0.1.2:7000"}]
    assert node.nodes == "127.0.1.2:9042"


def test_a_directory_may_have_any_name(cassandra_jars, tmp_path):
    native, storage = free_ports(2)
    part = Cassandra(tmp_path / """my "chat" & 'more' größer""", native, storage_port=storage)
    part.start()
    try:
        part.wait_ready()
        assert part.log.exists()
    finally:
        part.kill()
