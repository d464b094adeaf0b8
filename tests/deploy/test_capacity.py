"""What a message takes on the disk, which the capacity table counts with; by an encrypted connection, while at it."""

import os
import random
import re
import socket
import ssl
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from embedded.cassandra import Cassandra
from embedded.ports import free_ports
from tests.deploy.programs import find_program
from tests.factories import PASSWORD, new_name
from tests.server import ROOT, manage, running_server

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
MESSAGES, LENGTH, PEOPLE = 2_000, 200, 20
SECONDS_OF_A_DAY = 86_400
CHANGES_KEPT = 31  # days
COPIES = 3
TOLERANCE = 0.3  # texts compress differently
# The words of a real text: random characters don't compress, and one word again and again does too well.
WORDS = re.findall(r"[A-Za-z']+", (ROOT / "docs" / "api.md").read_text())


class EncryptedCassandra(Cassandra):
    """A node that speaks with clients by TLS alone."""

    def __init__(self, directory):
        super().__init__(directory, *free_ports(1), storage_port=free_ports(1)[0])
        self.authority = directory / "authority.pem"
        self.store = directory / "node.p12"

    def settings(self):
        encryption = {"enabled": True, "optional": False, "keystore": str(self.store), "keystore_password": "keystore"}
        return {**super().settings(), "client_encryption_options": {**encryption, "store_type": "PKCS12"}}

    def is_ready(self):
        # It answers no question that isn't encrypted.
        try:
            with socket.create_connection((self.host, self.port), timeout=1) as plain:
                ssl.create_default_context(cafile=str(self.authority)).wrap_socket(
                    plain, server_hostname=self.host
                ).close()
        except OSError:
            return False
        return True


def make_certificate(node, address):
    """A certificate for an address, signed by itself."""
    node.directory.mkdir(parents=True)
    openssl, key = find_program("openssl"), node.directory / "key.pem"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=node"]
    names = ["-addext", f"subjectAltName=IP:{address}"]
    subprocess.run([openssl, *request, *names, "-keyout", key, "-out", node.authority], check=True, capture_output=True)
    export = ["pkcs12", "-export", "-inkey", key, "-in", node.authority, "-passout", "pass:keystore"]
    subprocess.run([openssl, *export, "-out", node.store], check=True)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A node with its certificate, that each test finds as the one before has left it."""
    node = EncryptedCassandra(tmp_path_factory.mktemp("encrypted") / "node")
    make_certificate(node, "127.0.0.1")
    try:
        yield node
    finally:
        node.kill()


@pytest.fixture
def node(kept):
    """The node, running."""
    kept.start()
    kept.wait_ready()
    return kept


def text(length):
    words = random.choices(WORDS, k=length)
    return " ".join(words)[:length]


def bytes_by_table(node):
    """What each table has on the disk for each message."""
    sizes = Counter()
    for file in (node.directory / "data" / "capacity").rglob("*-Data.db"):
        sizes[file.parent.name.partition("-")[0]] += file.stat().st_size / MESSAGES
    return sizes


def test_the_service_speaks_with_an_encrypted_cluster_and_with_no_stranger(node, tmp_path):
    there = {"CASSANDRA_NODES": node.nodes, "CASSANDRA_KEYSPACE": "chat"}
    command = [sys.executable, "manage.py", "migrate_cassandra"]

    def migrate(**environment):
        return subprocess.run(
            command, cwd=ROOT, env={**os.environ, **there, **environment}, capture_output=True
        ).returncode

    another = EncryptedCassandra(tmp_path / "another")
    make_certificate(another, "127.0.0.1")
    assert migrate() == 5
    assert migrate(CASSANDRA_AUTHORITY=str(another.authority)) == 5
    assert migrate(CASSANDRA_AUTHORITY=str(node.authority)) == 0


def test_a_message_takes_what_the_capacity_table_counts_with(node, tmp_path):
    environment = {
        "CASSANDRA_NODES": node.nodes,
        "CASSANDRA_KEYSPACE": "capacity",
        "CASSANDRA_AUTHORITY": str(node.authority),
    }
    manage(environment, "migrate_cassandra")
    with running_server(tmp_path, **environment) as server, server.client() as client:
        people = []
        for _ in range(PEOPLE):
            person = {"username": new_name(), "password": PASSWORD}
            client.post("/auth/register", json=person)
            token = client.post("/auth/login", json=person).json()["token"]
            people.append((person["username"], {"Authorization": f"Bearer {token}"}))

        def send(number):
            (_, bearer), (recipient, _) = people[number % PEOPLE], people[(number * 7 + 1) % PEOPLE]
            body = {"recipient": recipient, "content": text(LENGTH)}
            return client.post("/messages/send", json=body, headers=bearer).status_code

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(send, range(MESSAGES))) == {201}
        node.stop()  # what is in memory goes into files
        measured = bytes_by_table(node)
    kept, passing = measured["timeline"] + measured["conversations"], measured["changes"]
    told = re.search(r"takes \*\*(\d+) bytes\*\* .* and \*\*(\d+)\*\* more for 31 days", OPERATIONS)
    assert abs(kept / int(told[1]) - 1) < TOLERANCE, measured
    assert abs(passing / int(told[2]) - 1) < TOLERANCE, measured


def test_the_capacity_table_is_computed_right():
    told = re.search(r"takes \*\*(\d+) bytes\*\* .* and \*\*(\d+)\*\* more for 31 days", OPERATIONS)
    kept, passing = int(told[1]), int(told[2])
    rows = re.findall(r"^\| ([\d,]+) \| ([\d.]+) \| ([\d.,]+) GB \| (\d+) \|$", OPERATIONS, re.MULTILINE)
    assert len(rows) == 4
    for messages, rate, disk, nodes in rows:
        a_day = int(messages.replace(",", ""))
        assert float(rate) == round(a_day / SECONDS_OF_A_DAY, 1)
        year = a_day * (365 * kept + CHANGES_KEPT * passing) * COPIES
        # Half of each disk stays free, and a node holds 1 TB of data at most.
        assert int(nodes) == max(COPIES, -(-year // 10**12))
        assert float(disk.replace(",", "")) == pytest.approx(2 * year / int(nodes) / 10**9, rel=0.05)
