"""Back up under load, lose everything, restore: everybody and everything that was accepted before is there, once."""

import json
import os
import re
import secrets
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone
from django_redis import get_redis_connection

from bench.databases import using
from chatsystem.jobs.models import Job, JobWorker
from messaging import cache
from messaging.store.session import get_bare_session
from moderation.jobs import THE_END
from moderation.models import Evidence, Report
from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name
from tests.prove.client import contents
from tests.prove.load import Sender
from tests.server import ROOT, new_sqlite, running_server

SENDERS = 3
ENOUGH = 30  # messages that are accepted before the backup begins; others are while it goes on
WHY = ("--reason", "a test")


def manage(environment, *arguments):
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=200,
    )
    return done.returncode, done.stdout


def log_in(client, name):
    return client.post("/auth/login", json={"username": name, "password": PASSWORD}).json()["token"]


def send(client, recipient, content):
    return client.post("/messages/send", json={"recipient": recipient, "content": content}).json()["id"]


def first_page(client):
    """The contents of the page that is cached, as old clients ask for it."""
    return [message["content"] for message in client.get("/messages/").json()["messages"]]


def accepted_by(senders):
    """The contents of what was answered with 201 so far."""
    return {content for sender in senders for content, status in dict(sender.answers).items() if status == 201}


def audit_log(environment):
    """What the audit log vouches for; it is whole."""
    status, printed = manage(environment, "audit_verify", "--json")
    assert status == 0, printed
    verdict = json.loads(printed)
    return verdict["entries"], verdict["hash"]


def let_operators_work(server, environment, *, spammer, recipient):
    """A report with evidence, a role, and jobs that have come further than the messages that a backup will have."""
    with server.client(log_in(server.client(), spammer)) as client:
        spam = [send(client, recipient, f"buy {number}") for number in range(5)]
    with server.client(log_in(server.client(), recipient)) as client:
        told = client.post("/reports", json={"message_id": spam[2], "category": "spam", "words": "again"})
        assert told.status_code == 201, told.text
    assert manage(environment, "role", "grant", recipient, "moderator", *WHY)[0] == 0
    for _ in range(2):
        assert manage(environment, "redact", "range", spammer, *WHY)[0] == 0
    with using(environment["DATABASE_URL"]):
        under_way, ended = Job.objects.filter(kind="messages.redact").order_by("pk")
        Job.objects.update(state=Job.State.RUNNING, cursor=THE_END, done=5, worker="gone", heartbeat_at=timezone.now())
        JobWorker.objects.create(name="gone", job=under_way)
        while_it_is_backed_up = timezone.now() + timedelta(hours=1)
        Job.objects.filter(pk=ended.pk).update(state=Job.State.DONE, ended_at=while_it_is_backed_up)


def operators_work(environment):
    """What is kept of that: reports, evidence, jobs, workers."""
    with using(environment["DATABASE_URL"]):
        reports = list(Report.objects.values_list("pk", "reporter", "words"))
        evidence = list(Evidence.objects.order_by("pk").values_list("report", "place", "content"))
        return reports, evidence, list(Job.objects.values_list("pk", "state", "done")), JobWorker.objects.count()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sql", ["SQLite", "PostgreSQL"])
def test_what_was_accepted_before_is_there_once_and_nothing_is_half_there(sql, tmp_path, request, django_db_blocker):
    keyspace = f"backup_{secrets.token_hex(4)}"
    if sql == "PostgreSQL":
        postgres = request.getfixturevalue("postgres")
        migrated = postgres.new_database(copy_of=request.getfixturevalue("migrated_postgres"))
        empty = postgres.new_database()
    else:
        migrated, empty = new_sqlite(tmp_path / "one.sqlite3"), f"sqlite:///{tmp_path}/two.sqlite3"
    before = {"CASSANDRA_KEYSPACE": keyspace, "DATABASE_URL": migrated}
    assert manage(before, "migrate_cassandra")[0] == 0
    stop = threading.Event()
    with running_server(tmp_path, **before) as server, server.client() as client:
        recipient, spammer, *names = [new_name() for _ in range(SENDERS + 2)]
        for name in (recipient, spammer, *names):
            client.post("/auth/register", json={"username": name, "password": PASSWORD}).raise_for_status()
        with django_db_blocker.unblock():
            let_operators_work(server, before, spammer=spammer, recipient=recipient)
            reports, evidence, jobs, _ = operators_work(before)
        assert (len(reports), len(evidence) > 0, len(jobs)) == (1, True, 2)
        senders = [Sender(server.url, log_in(client, name), name, recipient, stop) for name in names]
        for sender in senders:
            sender.start()
        try:
            wait_until(lambda: len(accepted_by(senders)) > ENOUGH)
            accepted = accepted_by(senders)
            status, printed = manage(before, "backup", str(tmp_path / "backups"))
        finally:
            stop.set()
            for sender in senders:
                sender.join()
        assert status == 0, printed
        with server.client(log_in(client, recipient)) as reader:
            assert len(first_page(reader)) == 10  # of what will be no more
        everything = {content for sender in senders for content in sender.answers} | {f"buy {n}" for n in range(5)}
    (backup,) = (tmp_path / "backups").iterdir()
    entries, digest = audit_log(before)
    assert entries >= 2
    told = rf"{SENDERS + 2} people, \d+ rows of messages, {entries} entries of the audit log\."
    assert re.search(f"{backup}: {told}", printed)

    get_bare_session().execute(f"DROP KEYSPACE {keyspace}", timeout=30)
    after = {**before, "DATABASE_URL": empty}
    status, printed = manage(after, "restore", str(backup))
    assert status == 0, printed
    assert re.search(f"Restored {told}", printed)
    again = manage(after, "check_messages", "--dry-run")
    assert again[0] == 0, printed + again[1]
    assert audit_log(after) == (entries, digest)
    with django_db_blocker.unblock():
        assert operators_work(after) == (reports, evidence, [(number, "waiting", 0) for number, *_ in jobs], 0)

    with running_server(tmp_path, **after) as server, server.client() as client:
        with server.client(log_in(client, recipient)) as reader:
            walked = contents(reader)
            assert first_page(reader) == walked[:10]
            received = Counter(walked)
            total = reader.get("/messages/?page=1&pageSize=1").json()["pagination"]["totalMessages"]
        assert accepted - received.keys() == set()
        assert received.keys() - everything == set()
        assert set(received.values()) == {1}
        assert total == len(received)
        for sender in senders:
            with server.client(log_in(client, sender.username)) as reader:
                assert Counter(contents(reader)) == Counter(
                    content for content in received if content in sender.answers
                )
        # The jobs are done from their beginning: what they had done is undone in these messages.
        assert manage(after, "work", "--once")[0] == 0
        with django_db_blocker.unblock():
            assert {(number, "done", 5) for number, *_ in jobs} <= set(operators_work(after)[2])
        with server.client(log_in(client, recipient)) as reader:
            assert not [content for content in contents(reader) if content.startswith("buy")]
        # It goes on as before.
        with server.client(log_in(client, recipient)) as reader:
            sent = reader.post("/messages/send", json={"recipient": recipient, "content": "after"})
            assert sent.status_code == 201
            assert contents(reader)[0] == "after"

    # Never over people who are there.
    status, printed = manage(after, "restore", str(backup))
    assert (status, "There are people already" in printed) == (3, True)
    assert audit_log(after)[0] >= entries
    with (backup / "people.jsonl.gz").open("ab") as file:
        file.write(b"x")
    status, printed = manage(after, "restore", str(backup))
    assert (status, "people.jsonl.gz was changed since it was written" in printed) == (3, True)


@pytest.mark.parametrize("is_kept", [True, False], ids=["the same keyspace", "a new one"])
def test_after_a_restore_nobody_is_shown_pages_of_before(tmp_path, is_kept):
    keyspace = f"backup_{secrets.token_hex(4)}"
    before = {"CASSANDRA_KEYSPACE": keyspace, "DATABASE_URL": new_sqlite(tmp_path / "one.sqlite3")}
    after = {**before, "DATABASE_URL": f"sqlite:///{tmp_path}/two.sqlite3"}
    assert manage(before, "migrate_cassandra")[0] == 0
    name = new_name()
    with running_server(tmp_path, **before) as server, server.client() as client:
        client.post("/auth/register", json={"username": name, "password": PASSWORD}).raise_for_status()
        with server.client(log_in(client, name)) as reader:
            send(reader, name, "kept")
            status, printed = manage(before, "backup", str(tmp_path / "backups"))
            assert status == 0, printed
            send(reader, name, "lost")
            assert first_page(reader) == ["lost", "kept"]
    redis = get_redis_connection("default")
    for key in redis.scan_iter(f"{cache.PREFIX}*"):
        redis.expire(key, 600)  # they would go by themselves after a minute, and the restore may take that long
    tables = ("timeline", "timeline_buckets", "conversations", "changes", "send_keys")
    for loss in [f"TRUNCATE {keyspace}.{table}" for table in tables] if is_kept else [f"DROP KEYSPACE {keyspace}"]:
        get_bare_session().execute(loss, timeout=30)
    (backup,) = (tmp_path / "backups").iterdir()
    status, printed = manage(after, "restore", str(backup))
    assert status == 0, printed
    with running_server(tmp_path, **after) as server, server.client(log_in(server.client(), name)) as reader:
        assert first_page(reader) == ["kept"]


def test_old_backups_go_when_told_to(tmp_path, parts):
    environment = {"DATABASE_URL": new_sqlite(tmp_path / "some.sqlite3")}
    for name in ("2001-01-01T000000Z", "2002-01-01T000000Z"):
        (tmp_path / "backups" / name).mkdir(parents=True)
        (tmp_path / "backups" / name / "about.json").write_text("{}")
    status, printed = manage(environment, "backup", "--keep", "2", str(tmp_path / "backups"))
    assert status == 0, printed
    left = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert left[0] == "2002-01-01T000000Z"
    assert len(left) == 2
