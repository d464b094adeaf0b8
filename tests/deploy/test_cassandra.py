"""A node with the deployment's configuration: who is let in, what the service may do, what Prometheus hears."""

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
import yaml

from tests.deploy.cassandra import EXPORTER, SOURCE, DeployedCassandra, names_of_jars
from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name
from tests.server import ROOT, running_server

KEYSPACE = "chat"
REFUSED = 3
MADE = [
    "Made the superuser chat_admin.",
    "Roles are kept as often as messages; on a cluster that is not new, run nodetool repair system_auth.",
    "Dropped the superuser cassandra, which every new cluster has.",
    "Made the role chat.",
    "Cassandra's roles are as they should be.",
]
STRANGERS = ({"CASSANDRA_USERNAME": "cassandra", "CASSANDRA_PASSWORD": "cassandra"}, {"CASSANDRA_USERNAME": ""})


class Cluster:
    """The node, its two passwords, and the commands of the migration service."""

    found_at_once: list[str]  # what strangers were told just after the roles were made

    def __init__(self, directory: Path) -> None:
        self.node = DeployedCassandra(directory / "node")
        self.password_file = directory / "password"
        self.password_file.write_text(f"{secrets.token_urlsafe(36)}\n")
        self.admin = {
            "CASSANDRA_NODES": self.node.nodes,
            "CASSANDRA_KEYSPACE": KEYSPACE,
            "CASSANDRA_USERNAME": "chat_admin",
            "CASSANDRA_PASSWORD": secrets.token_urlsafe(36),
        }
        self.service = {
            **self.admin,
            "CASSANDRA_USERNAME": "chat",
            "CASSANDRA_PASSWORD": self.password_file.read_text().strip(),
        }

    def manage(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run a command as the superuser, or as `environment` says; return its status and what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.admin, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout

    def make_roles(self, **environment: str) -> tuple[int, str]:
        return self.manage(
            "cassandra_roles", "--service", "chat", "--password-file", str(self.password_file), **environment
        )

    def cql(self, statement: str, **account: str) -> str:
        """Run a statement as the service's role; return what it gives, or the kind of the refusal."""
        (answer,) = self.answers([statement], **account)
        return answer

    def answers(self, statements: Sequence[str], **account: str) -> list[str]:
        """Do the same with several, in one process."""
        code = f"""
import django; django.setup()
from messaging.store.session import get_session
for statement in {statements!r}:
    try:
        print(list(get_session().execute(statement)))
    except Exception as error:
        print(type(error).__name__)
"""
        environment = {**os.environ, **self.service, **account, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
        return done.stdout.splitlines()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A new cluster with its roles and tables made, as `docker compose up` leaves it."""
    cluster = Cluster(tmp_path_factory.mktemp("cassandra"))
    cluster.node.start()
    try:
        cluster.node.wait_ready()
        # The role that every new cluster has comes a moment after the port.
        wait_until(lambda: "Created default superuser role" in cluster.node.log.read_text(), seconds=60)
        status, printed = cluster.make_roles()
        assert (status, printed.splitlines()) == (0, MADE), printed
        cluster.found_at_once = [cluster.cql("SELECT role FROM system_auth.roles", **one) for one in STRANGERS]
        status, printed = cluster.manage("migrate_cassandra")
        assert status == 0, printed
        yield cluster
    finally:
        cluster.node.kill()


def test_the_exporter_is_the_one_that_the_lock_file_names():
    assert names_of_jars() == [EXPORTER]


def test_made_roles_are_left_as_they_are(cluster):
    assert cluster.make_roles() == (0, f"{MADE[-1]}\n")


def test_the_superuser_that_everybody_knows_is_gone_and_nobody_enters_without_a_password(cluster):
    roles = cluster.cql("SELECT role, is_superuser FROM system_auth.roles", **cluster.admin)
    assert sorted(
        re.findall(r"'role': '(\w+)', 'is_superuser': (\w+)", roles)
        or re.findall(r"role='(\w+)', is_superuser=(\w+)", roles)
    ) == [
        ("chat", "False"),
        ("chat_admin", "True"),
    ]
    # Nodes remember for ten seconds whom they let in.
    assert cluster.found_at_once == ["StorageUnavailable"] * len(STRANGERS)


def test_other_passwords_are_refused_and_change_nothing(cluster):
    status, printed = cluster.make_roles(CASSANDRA_PASSWORD="another password")
    assert (status, printed.splitlines()) == (
        REFUSED,
        [
            "CommandError: Cassandra refuses CASSANDRA_USERNAME with its password, and is not new: give it the "
            "password that the cluster knows."
        ],
    )
    assert cluster.make_roles()[0] == 0


@pytest.mark.parametrize("name", ["", "cassandra", "chat"])
def test_the_superuser_has_a_name_of_its_own(cluster, name):
    assert cluster.make_roles(CASSANDRA_USERNAME=name)[0] == 2


FORBIDDEN = (
    "DROP TABLE chat.timeline",
    "ALTER TABLE chat.timeline ADD other text",
    "CREATE TABLE chat.other (id int PRIMARY KEY)",
    "DROP KEYSPACE chat",
    "CREATE KEYSPACE other WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "CREATE ROLE other WITH PASSWORD = 'other' AND LOGIN = true",
    "ALTER ROLE chat WITH SUPERUSER = true",
    "SELECT role FROM system_auth.roles",
)


@pytest.fixture(scope="module")
def answered(cluster: Cluster) -> dict[str, str]:
    """What the service's role is answered to what it may not."""
    return dict(zip(FORBIDDEN, cluster.answers(FORBIDDEN), strict=True))


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_services_role_may_not(answered, statement):
    assert answered[statement] in {"Unauthorized", "InvalidRequest"}


def test_the_service_works_with_its_role_and_sees_how_nodes_are_set(cluster, tmp_path):
    with running_server(tmp_path, **cluster.service) as server, server.client() as client:
        credentials = {"username": new_name(), "password": PASSWORD}
        client.post("/auth/register", json=credentials)
        bearer = {"Authorization": f"Bearer {client.post('/auth/login', json=credentials).json()['token']}"}
        body = {"recipient": credentials["username"], "content": "hello"}
        sent = client.post("/messages/send", json=body, headers={**bearer, "Idempotency-Key": "one"})
        assert sent.status_code == 201, sent.text
        assert [message["id"] for message in client.get("/messages/", headers=bearer).json()["messages"]] == [
            sent.json()["id"]
        ]
    status, printed = cluster.manage(
        "doctor", **{**cluster.service, "DATABASE_URL": f"sqlite:///{tmp_path}/server.sqlite3"}
    )
    assert "commitlog_sync" not in printed, printed  # it could be read, and is right
    assert "is kept 1 times in datacenter1" in printed
    assert status == 0, printed


def test_prometheus_hears_of_requests_tables_and_nodes(cluster, tmp_path):
    text = httpx.get(cluster.node.metrics_url, timeout=20).raise_for_status().text
    names = {line.partition("{")[0].partition(" ")[0] for line in text.splitlines() if not line.startswith("#")}
    rules = yaml.safe_load((SOURCE / "exporter.yaml").read_text())["rules"]
    assert {rule["name"] for rule in rules} - names == set()
    assert "jvm_gc_collection_seconds_sum" in names
    assert 'cassandra_table_bytes{table="timeline"}' in text
    assert re.search(r"^cassandra_nodes_up 1\.0$", text, re.MULTILINE)
    assert re.search(r"^cassandra_nodes_down 0\.0$", text, re.MULTILINE)
    # Small: one node tells some dozen things, not the ten thousand that it knows.
    assert len(text) < 60_000


def test_its_log_is_a_file_for_the_collector_and_has_no_password(cluster):
    log = cluster.node.log.read_text()
    assert "Starting listening for CQL clients" in log
    for account in (cluster.admin, cluster.service):
        assert account["CASSANDRA_PASSWORD"] not in log
