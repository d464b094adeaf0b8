"""What people wrote to each other, and to and as operators, is in no log, whatever operators do with it."""

import os
import subprocess
import sys

import httpx
import pytest

from bench.databases import using
from chatsystem.jobs.models import Job
from tests.chatsystem.test_logs import MARK
from tests.contract.browsers import token_of
from tests.contract.talking import newcomer
from tests.factories import PASSWORD, new_name
from tests.server import ROOT, running_server

LOUD = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}
WHY = ("--reason", f"because of {MARK}")


class Machine:
    """Runs commands of operators, and keeps what they log."""

    def __init__(self, environment):
        self.environment = {**os.environ, **environment, **LOUD}
        self.logged = ""

    def run(self, *arguments, status=0):
        """Return what a command prints for whoever asked."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
        self.logged += done.stderr
        return done.stdout


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, **LOUD) as running:
        yield running


@pytest.fixture
def machine(server):
    return Machine(server.environment)


@pytest.fixture
def people(server):
    """Two people with a message between them, which one of them has reported."""
    with server.client() as api:
        writer, reader = newcomer(api), newcomer(api)
        sent = writer.send(reader.username, f"{MARK} in a message").json()
        for body in (
            {"message_id": sent["id"], "category": "spam", "words": f"{MARK} in a report"},
            {"username": writer.username, "category": "spam", "words": f"{MARK} of a person"},
            {"username": f"{MARK}nobody", "category": MARK, "words": MARK * 1_000},
        ):
            reader.post("reports", body)
        yield writer, reader, sent["id"]


def test_commands_and_the_worker_log_nothing_that_was_written(server, machine, people, django_db_blocker):
    writer, reader, message_id = people
    shown = [
        machine.run("look_up", "message", message_id, "--of", reader.username, *WHY),
        machine.run("look_up", "around", message_id, "--of", reader.username, *WHY),
        machine.run("look_up", "person", writer.username, *WHY),
        machine.run("look_up", "pair", writer.username, reader.username, *WHY),
        machine.run("case", "show", "1", *WHY),
    ]
    assert all(f"{MARK} in a message" in text for text in shown)  # to whoever asked
    machine.run("case", "note", "1", f"{MARK} in a note")
    machine.run("case", "note", "1", MARK * 1_000, status=1)
    machine.run("case", "decide", "2", "suspend", *WHY)
    machine.run("switch", "notice", f"{MARK} for all", *WHY)
    machine.run("redact", "range", writer.username, *WHY)
    with django_db_blocker.unblock(), using(server.database):
        Job.objects.update(run_at="2026-01-01T00:00Z")
    machine.run("work", "--once")
    machine.run("redact", "message", message_id, "--of", reader.username, *WHY)
    assert f"because of {MARK}" in machine.run("audit_export")
    assert '"message": "a job of the kind messages.redact ended: done"' in machine.logged
    assert MARK not in machine.logged
    assert MARK not in server.log.read_text()


def test_a_command_that_meets_a_bug_or_a_refusal_quotes_nobody(machine, people):
    writer, _, message_id = people
    for line in (
        ("look_up", "message", message_id, "--of", f"{MARK}x", *WHY),
        ("redact", "message", message_id, "--of", writer.username, "--reason", MARK * 100),
        ("case", "decide", "99", "nothing", *WHY),
    ):
        machine.run(*line, status=1)
    lines = [line for line in machine.logged.splitlines() if line.startswith("{")]  # logged, not told on the terminal
    assert MARK not in "\n".join(lines)


def test_the_admins_pages_log_nothing_that_was_written(server, machine, people):
    writer, _, _ = people
    name = new_name()
    machine.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    machine.run("createsuperuser", "--noinput", f"--username={name}")
    with httpx.Client(base_url=server.url, timeout=20, follow_redirects=True) as browser:

        def post(path, **fields):
            form = {**fields, "csrfmiddlewaretoken": token_of(browser, path)}
            return browser.post(path, data=form, headers={"Referer": server.url})

        assert post("/admin/login/", username=name, password=PASSWORD, next="/admin/").status_code == 200
        person = f"/admin/accounts/user/{writer.id}/"
        assert post(f"{person}suspend/", reason=f"{MARK} as a reason").status_code == 200
        assert f"{MARK} as a reason" in browser.get(f"{person}change/").text
        browser.get(f"/admin/accounts/user/?q={MARK}")
        browser.get(f"/admin/chatsystem/auditentry/?about={MARK}")
        browser.get("/admin/chatsystem/auditentry/")
    assert MARK not in server.log.read_text()
