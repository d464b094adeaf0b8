"""What a new deployment's roles in PostgreSQL may do, and that it is enough."""

import json
import secrets
import subprocess

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from deploy.make_secrets import make
from messaging.store.session import get_bare_session
from tests.factories import PASSWORD, new_name
from tests.server import ROOT, manage, running_server


class Deployed:
    """A new deployment's database and roles, made as the image makes them, and migrated; URLs by the roles' names."""

    def __init__(self, postgres, made):
        self.secrets, self.psql, self.superuser = made, postgres.programs / "psql", postgres.url()
        here = f"{postgres.host}:{postgres.port}"
        files = {"chat": "application/database_url", "chat_owner": "migration/database_url"}
        self.urls = {
            role: (made / file).read_text().strip().replace("postgres:5432", here) for role, file in files.items()
        }
        password = (made / "exporters/postgres_exporter_password").read_text().strip()
        self.urls["exporter"] = f"postgres://exporter:{password}@{here}/chat"

    def run(self, *arguments):
        """Have the superuser run SQL, from our files if those are named."""
        for name in arguments:
            script = name
            if name.endswith(".sql"):
                script = (ROOT / "deploy/postgres" / name).read_text().replace("/secrets/", f"{self.secrets}/postgres/")
            options = ("-v", "ON_ERROR_STOP=1", "--no-psqlrc", "--quiet")
            subprocess.run([self.psql, *options, self.superuser, "-f", "-"], input=script, text=True, check=True)

    def connect(self, role):
        return psycopg.connect(self.urls[role])


@pytest.fixture(scope="module")
def deployed(postgres, tmp_path_factory):
    made = tmp_path_factory.mktemp("secrets")
    make(made)
    deployed = Deployed(postgres, made)
    deployed.run("1_roles.sql", "2_database.sql")
    manage({"DATABASE_URL": deployed.urls["chat_owner"]}, "migrate", "--noinput")
    return deployed


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        *(
            (role, statement)
            for role in ("chat", "chat_owner")
            for statement in (
                "COPY (SELECT 1) TO PROGRAM 'true'",
                "SELECT pg_read_file('/etc/hostname')",
                "SET session_replication_role = replica",
                "CREATE ROLE other SUPERUSER",
            )
        ),
        ("chat", "ALTER TABLE chatsystem_auditentry DISABLE TRIGGER ALL"),
        ("chat", "DROP TRIGGER audit_entry_stays ON chatsystem_auditentry"),
        ("chat", "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'"),
        ("chat", "TRUNCATE chatsystem_auditentry"),
        ("chat", "DROP TABLE chatsystem_auditentry"),
        ("chat", "CREATE TABLE other (id int)"),
        ("exporter", "SELECT username FROM accounts_user"),
        ("exporter", "CREATE TABLE other (id int)"),
    ],
)
def test_a_deployments_role_may_not(deployed, role, statement):
    with deployed.connect(role) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement)


def test_the_service_reads_and_writes_the_rows_of_every_table(deployed):
    with deployed.connect("chat") as connection:
        tables = connection.execute(
            "SELECT relname, has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')"
            " AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')"
            " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
    assert len(tables) > 20
    assert [name for name, may in tables if not may] == []


@pytest.fixture
def keyspace():
    """One of its own, with tables."""
    name = f"roles_{secrets.token_hex(4)}"
    manage({"CASSANDRA_KEYSPACE": name}, "migrate_cassandra")
    yield name
    get_bare_session().execute(f"DROP KEYSPACE {name}", timeout=30)


@pytest.mark.timeout(300)
def test_the_service_runs_and_is_backed_up_by_its_role_and_restored_by_the_owner(deployed, keyspace, tmp_path):
    """The restore is over what is there, as `docs/operations.md` has it."""
    alice = {"username": new_name(), "password": PASSWORD}
    environment = {"DATABASE_URL": deployed.urls["chat"], "CASSANDRA_KEYSPACE": keyspace}

    def inbox(client):
        token = client.post("/auth/login", json=alice).raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        return [message["content"] for message in client.get("/messages/").raise_for_status().json()["messages"]]

    with running_server(tmp_path, **environment) as server, server.client() as client:
        client.post("/auth/register", json=alice).raise_for_status()
        assert inbox(client) == []
        message = {"recipient": alice["username"], "content": "hello"}
        assert client.post("/messages/send", json=message).status_code == 201
        cleared = manage(environment, "person", "clear-limits", alice["username"], "--reason", "x", "--json")
        assert json.loads(cleared)["person"] == alice["username"]
        manage(environment, "work", "--once")
        manage(environment, "backup", str(tmp_path / "backups"))
    deployed.run("DROP DATABASE chat WITH (FORCE)", "2_database.sql")
    (backup,) = (tmp_path / "backups").iterdir()
    manage({**environment, "DATABASE_URL": deployed.urls["chat_owner"]}, "restore", str(backup))
    with running_server(tmp_path, **environment) as server, server.client() as client:
        assert inbox(client) == ["hello"]
        assert client.post("/auth/register", json={**alice, "username": new_name()}).status_code == 201
    verdict = json.loads(manage(environment, "audit_verify", "--json"))
    assert verdict["entries"] >= 1


def test_who_counts_sees_what_is_to_be_counted(deployed):
    with deployed.connect("exporter") as connection:
        size, settings, connections = connection.execute(
            "SELECT pg_database_size('chat'), (SELECT count(*) FROM pg_settings WHERE name = 'max_connections'),"
            " (SELECT count(*) FROM pg_stat_activity WHERE query <> '<insufficient privilege>')"
        ).fetchone()
    assert size > 0
    assert settings == 1
    assert connections > 0
