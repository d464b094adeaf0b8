"""`manage.py doctor`: what it finds wrong with each part, and that it always comes to an end."""

import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from bench.databases import using
from chatsystem import doctor
from chatsystem.audit import triggers
from chatsystem.doctor import caches, cluster, configuration, database
from chatsystem.doctor.findings import failed, ok, version_of, warning
from chatsystem.jobs.models import JobWorker
from chatsystem.redis import connection as redis
from embedded.ports import free_ports
from embedded.valkey import Valkey
from messaging.store import diagnosis, health
from messaging.store.diagnosis import Diagnosis, Keyspace, Node
from tests.chatsystem.audit.making import write
from tests.chatsystem.test_checks import KEYS
from tests.server import ROOT, new_sqlite

GOOD_NODE = Node("192.0.2.1", "5.0.9", "datacenter1", 0.0, "batch")
GOOD_KEYSPACE = Keyspace("NetworkTopologyStrategy", {"datacenter1": 1}, durable_writes=True)


def run(*arguments, **environment):
    """Run the command by itself, and return its status, what it printed, and the seconds it took."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout, time.monotonic() - began


def wrong(findings):
    return [(finding.level, finding.message) for finding in findings if finding.level != "ok"]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """The environment of a deployment with a SQL database that is ready."""
    return {"DATABASE_URL": new_sqlite(tmp_path_factory.mktemp("doctor") / "db.sqlite3")}


def work():
    """Have a job worker be seen, now."""
    return JobWorker.objects.create(name="w1")


# The command


def test_where_all_is_well_it_says_so_and_ends_with_0(migrated, django_db_blocker):
    with django_db_blocker.unblock(), using(migrated["DATABASE_URL"]):
        work()
    status, printed, _ = run("--strict", **migrated)
    assert status == 0, printed
    assert {line.split()[0] for line in printed.splitlines()} == {"ok"}
    assert list(dict.fromkeys(line.split()[1] for line in printed.splitlines())) == [*doctor.PARTS]


def test_with_everything_away_each_part_says_so_without_a_trace(tmp_path):
    status, printed, seconds = run(
        CASSANDRA_NODES="127.0.0.1:1,nowhere.invalid:1",
        REDIS_URL="redis://127.0.0.1:1/1",
        DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/db.sqlite3",
    )
    assert status == 2
    assert seconds < doctor.BUDGET
    assert [line.split()[:3] for line in printed.splitlines()] == [
        ["ok", "settings", "APP_ENV"],
        ["FAILED", "cassandra", "unreachable"],
        ["FAILED", "sql", "unreachable:"],
        ["FAILED", "redis", "unreachable"],
    ]
    assert "unable to open database file" in printed
    for name in ("CASSANDRA_NODES", "REDIS_URL", "DATABASE_URL"):
        assert f"set {name}" in printed


def test_parts_that_hang_cost_seconds_and_the_others_are_told_of(migrated, parts, hanging):
    with hanging(parts.cassandra):
        parts.valkey.pause()
        try:
            status, printed, seconds = run("--json", **migrated)
        finally:
            parts.valkey.resume()
    assert status == 2
    assert seconds < doctor.BUDGET
    failures = [finding for finding in json.loads(printed) if finding["level"] == "failed"]
    assert [(finding["part"], finding["message"]) for finding in failures] == [
        ("cassandra", "unreachable (OperationTimedOut)"),
        ("redis", "unreachable (TimeoutError)"),
    ]
    assert all(finding["mend"] for finding in failures)
    assert {"part": "sql", "level": "ok", "message": "can be written", "mend": ""} in json.loads(printed)


def test_a_node_that_refuses_and_a_wrong_data_centre_and_factor_are_named(migrated, parts):
    port = parts.cassandra.port
    status, printed, _ = run(
        CASSANDRA_NODES=f"127.0.0.2:{port},{parts.cassandra.nodes}",
        CASSANDRA_DATACENTER="elsewhere",
        CASSANDRA_REPLICATION_FACTOR="3",
        **migrated,
    )
    assert status == 2
    assert f"warning  cassandra  127.0.0.2:{port} doesn't answer. " in printed
    assert "no node is in the data centre elsewhere, so none is used. Set CASSANDRA_DATACENTER to " in printed
    assert "is kept 0 times in elsewhere, and the settings say 3. " in printed
    assert "the service's own connection can't be made (NoHostAvailable). " in printed


def test_settings_that_cannot_be_read_are_one_line():
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT,
        env={**os.environ, "JWT_SECRET_KEY": "short"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: JWT_SECRET_KEY must have 32 characters at least. ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("findings", "strict", "status"),
    [
        ([ok("fine")], True, 0),
        ([ok("fine"), warning("well", "mend")], False, 0),
        ([ok("fine"), warning("well", "mend")], True, 1),
        ([failed("no", "mend"), warning("well", "mend")], False, 2),
        ([failed("no", "mend")], True, 2),
    ],
)
def test_the_status_says_how_bad_it_is(monkeypatch, capsys, findings, strict, status):
    monkeypatch.setattr(doctor, "PARTS", {"sql": lambda: iter(findings)})
    if status == 0:
        call_command("doctor", strict=strict)
    else:
        with pytest.raises(SystemExit) as ended:
            call_command("doctor", strict=strict)
        assert ended.value.code == status
    assert len(capsys.readouterr().out.splitlines()) == len(findings)


def test_a_part_that_never_answers_or_breaks_costs_the_budget_at_most(monkeypatch):
    release = threading.Event()

    def hang():
        yield ok("it answered once")
        release.wait(60)
        yield ok("too late")

    def break_():
        yield ok("it worked once")
        raise ZeroDivisionError("redis://:hunter2@host")

    monkeypatch.setattr(doctor, "BUDGET", 0.2)
    monkeypatch.setattr(doctor, "PARTS", {"sql": hang, "redis": break_})
    found = doctor.examine()
    release.set()
    assert [(part, finding.level, finding.message) for part, finding in found] == [
        ("sql", "ok", "it answered once"),
        ("sql", "failed", "no answer within 0.2 s"),
        ("redis", "ok", "it worked once"),
        ("redis", "failed", "can't be examined (ZeroDivisionError)"),
    ]


# Versions


@pytest.mark.parametrize(
    ("version", "minimum", "level"),
    [
        ("5.0.9", (4, 1), "ok"),
        ("4.1", (4, 1), "ok"),
        ("4.1-beta1", (4, 1), "ok"),
        ("4.0.11", (4, 1), "failed"),
        ("3.11.19", (4, 1), "failed"),
        ("10.0", (4, 1), "ok"),
        ("", (4, 1), "failed"),
    ],
)
def test_versions_are_compared_by_their_numbers(version, minimum, level):
    assert version_of("it", version, minimum).level == level


# Settings


def test_a_production_without_static_files_or_with_faults_fails(settings, tmp_path, monkeypatch):
    settings.APP_ENV = "production"
    settings.DEBUG = False
    settings.STATIC_ROOT = tmp_path
    storage = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    settings.ALLOWED_HOSTS = ["*"]
    found = wrong(configuration.examine())
    assert ("failed", "the admin's static files aren't collected") in found
    assert ("failed", "ALLOWED_HOSTS takes requests for any host (chatsystem.E002)") in found
    assert ("warning", "REDIS_URL has no password (chatsystem.W004)") in found
    (tmp_path / "staticfiles.json").write_text('{"version": "1.1", "paths": {}}')
    assert ("failed", "the admin's static files aren't collected") not in wrong(configuration.examine())


def test_where_nobody_else_can_reach_it_the_settings_are_not_those_of_production(settings):
    settings.APP_ENV = "development"
    assert list(configuration.examine()) == [ok("APP_ENV is development")]


# Cassandra


@pytest.fixture
def cluster_is(monkeypatch):
    """A cluster that says what a test wants; the tables are there."""

    def be(*nodes, keyspace=GOOD_KEYSPACE):
        monkeypatch.setattr(cluster, "silent_addresses", list)
        monkeypatch.setattr(diagnosis, "examine", lambda timeout: Diagnosis(list(nodes), keyspace))
        return wrong(cluster.examine())

    return be


def test_the_tests_own_node_is_as_it_should_be():
    assert wrong(cluster.examine()) == []
    (node,) = diagnosis.examine(timeout=2).nodes
    assert (node.address, node.datacenter, node.commitlog_sync) == ("127.0.0.1", "datacenter1", "batch")
    assert abs(node.skew) < 0.5  # one machine has one clock


@pytest.mark.parametrize(
    ("changes", "level", "message"),
    [
        ({"version": "4.0.1"}, "failed", "node 192.0.2.2: is version 4.0.1"),
        ({"skew": -1.5}, "warning", "the clock of node 192.0.2.2 is 1.5 s behind"),
        ({"skew": 6}, "failed", "the clock of node 192.0.2.2 is 6.0 s ahead"),
        (
            {"commitlog_sync": "periodic"},
            "failed",
            "messages of the last seconds are lost when node 192.0.2.2 is killed (commitlog_sync periodic)",
        ),
        ({"commitlog_sync": ""}, "warning", "commitlog_sync of node 192.0.2.2 can't be read"),
        ({"version": "", "commitlog_sync": ""}, "warning", "node 192.0.2.2 doesn't answer"),
    ],
)
def test_each_fault_of_a_node_is_told(cluster_is, changes, level, message):
    node = Node(**{**vars(GOOD_NODE), "address": "192.0.2.2", **changes})
    assert cluster_is(GOOD_NODE, node) == [(level, message)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strategy": "SimpleStrategy", "replicas": {"replication_factor": 1}}, "not NetworkTopologyStrategy"),
        ({"replicas": {"datacenter1": 3}}, "is kept 3 times in datacenter1, and the settings say 1"),
        ({"durable_writes": False}, "writes no log: a node that is killed loses messages"),
    ],
)
def test_each_fault_of_the_keyspace_is_told(cluster_is, changes, message):
    ((level, told),) = cluster_is(GOOD_NODE, keyspace=Keyspace(**{**vars(GOOD_KEYSPACE), **changes}))
    assert level == "failed"
    assert told.endswith(message)


def test_a_keyspace_that_is_not_there_is_told_and_how_to_make_it(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["cassandra"], "NAME", "nowhere")
    (finding,) = [finding for finding in cluster.examine() if finding.level != "ok"]
    assert finding == failed(
        "there is no keyspace nowhere", "Run manage.py migrate_cassandra. Or set CASSANDRA_KEYSPACE."
    )


def test_with_three_copies_the_log_may_be_written_later(cluster_is, settings):
    settings.CASSANDRA_REPLICATION_FACTOR = 3
    node = Node(**{**vars(GOOD_NODE), "commitlog_sync": "periodic"})
    keyspace = Keyspace(**{**vars(GOOD_KEYSPACE), "replicas": {"datacenter1": 3}})
    assert cluster_is(node, keyspace=keyspace) == []


def test_tables_that_are_missing_are_named(cluster_is, monkeypatch):
    monkeypatch.setattr(health, "missing_parts", lambda: ["timeline", "changes.kind"])
    assert cluster_is(GOOD_NODE) == [("failed", "the keyspace lacks timeline, changes.kind")]


# SQL


@pytest.mark.django_db(transaction=True)
def test_migrations_that_are_not_applied_are_counted():
    work()
    newest = MigrationRecorder.Migration.objects.filter(app="accounts").latest("name")
    newest.delete()
    try:
        ((level, message),) = wrong(database.examine())
    finally:
        MigrationRecorder.Migration.objects.create(app=newest.app, name=newest.name)
    assert level == "failed"
    assert message.endswith("migrations aren't applied")
    assert wrong(database.examine()) == []


@pytest.mark.django_db(transaction=True)
def test_a_file_that_cannot_be_written_is_told():
    work()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    assert wrong(database.examine()) == [("failed", "can't be written: attempt to write a readonly database")]
    assert wrong(database.examine()) == []  # by a new connection, which may


@pytest.mark.django_db(transaction=True)
def test_a_file_in_another_mode_is_told(tmp_path, monkeypatch):
    """A file of its own: the mode can't be changed while anybody else has the file open."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "other.sqlite3"))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = DELETE")
    told = wrong(database.examine())
    assert ("failed", "the file is in delete mode, so readers and writers wait for each other") in told


@pytest.mark.usefixtures("database")
def test_an_audit_log_that_nothing_protects_is_told():
    work()
    assert wrong(database.examine()) == []
    with connection.cursor() as cursor:
        on_table = f" ON {triggers.ENTRIES}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER audit_entry_stays{on_table}")
    assert wrong(database.examine()) == [
        ("failed", "nothing keeps the audit log from being changed: triggers audit_entry_stays are missing")
    ]


@pytest.mark.usefixtures("database")
def test_an_audit_log_whose_times_are_ahead_is_told():
    worker = work()
    with time_machine.travel(datetime(2126, 11, 24, 12, tzinfo=UTC), tick=False):
        write()
    assert wrong(database.examine()) == [
        ("warning", "the audit log's last entry is of 2126-11-24T12:00:00.000000Z, which is still to come")
    ]
    with time_machine.travel(datetime(2126, 11, 24, 11, 59, tzinfo=UTC), tick=False):
        worker.seen_at = timezone.now()
        worker.save()
        assert wrong(database.examine()) == []


@pytest.mark.usefixtures("database")
def test_that_nobody_does_jobs_is_told_though_none_waits():
    nobody = [("warning", "no job worker was seen lately")]
    assert wrong(database.examine()) == nobody
    worker = work()
    assert wrong(database.examine()) == []
    worker.seen_at = timezone.now() - timedelta(minutes=2)
    worker.save()
    assert wrong(database.examine()) == nobody


# Redis


def test_the_tests_own_redis_is_as_it_should_be():
    assert wrong(caches.examine()) == []


@pytest.fixture
def redis_with(parts):
    """A setter of the server's own configuration, which is as before afterwards."""
    with redis.redis().client() as client:
        before = {name: client.config_get(name)[name] for name in ("maxmemory", "maxmemory-policy")}
        yield client.config_set
        for name, value in before.items():
            client.config_set(name, value)


def test_a_redis_without_a_limit_is_warned_of(redis_with):
    redis_with("maxmemory", 0)
    assert wrong(caches.examine()) == [("warning", "it may take all of the machine's memory")]


def test_a_redis_that_evicts_nothing_is_warned_of_and_fails_when_it_is_full(redis_with):
    redis_with("maxmemory-policy", "noeviction")
    words = "and take nothing more (maxmemory-policy noeviction)"
    assert wrong(caches.examine()) == [("warning", f"it will be full {words}")]
    redis_with("maxmemory", 1)
    full, round_trip = wrong(caches.examine())
    assert full == ("failed", f"it is full {words}")
    assert round_trip[0] == "failed"
    assert round_trip[1].startswith("what is written can't be read again: ")


def test_an_old_redis_and_a_slow_one_are_told(monkeypatch):
    server = redis.Server("Redis", "6.0.16", 64_000_000, 1_000_000, "allkeys-lru")
    monkeypatch.setattr(redis, "examine", lambda: server)
    monkeypatch.setattr(redis, "round_trip", lambda: 0.07)
    assert wrong(caches.examine()) == [
        ("failed", "Redis is version 6.0.16"),
        ("warning", "a round trip takes 70 ms"),
    ]


def test_a_redis_that_wants_a_password_is_told(migrated, parts, tmp_path):
    locked = Valkey(tmp_path / "locked", free_ports(1)[0], password="open sesame")
    locked.start()
    try:
        locked.wait_ready()
        status, printed, _ = run(REDIS_URL=f"redis://127.0.0.1:{locked.port}/1", **migrated)
    finally:
        locked.kill()
    assert status == 2
    assert "FAILED   redis      refuses " in printed or "FAILED   redis      unreachable (Auth" in printed
    assert KEYS["SECRET_KEY"] not in printed
