"""`manage.py restore`: how it ends. That it brings all of a backup back: tests/deploy."""

import subprocess
import sys
import uuid
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError

from chatsystem.audit.verification import Verdict
from chatsystem.management.commands import audit_verify
from embedded.ports import free_ports
from messaging import cache
from messaging.management.commands import check_messages
from messaging.services import backups
from messaging.store import schema
from tests.server import ROOT

ABOUT = {"people": 1, "rows": 4, "entries": 2, "ended_at": 0}
BROKEN = "BROKEN at 2: its content was changed."
EXAMINED = "0 people examined, 0 findings, 0 mended."


def whole(*, known):
    return Verdict(2, "0" * 64)


def broken(*, known):
    return Verdict(1, "0" * 64, 2, "its content was changed")


def nobody(**asked):
    return []


def sql_away(**asked):
    raise OperationalError


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("log", "people", "code"),
    [(whole, nobody, 0), (broken, nobody, 1), (whole, sql_away, 5), (broken, sql_away, 5)],
)
def test_whatever_a_check_finds_the_others_follow_and_the_cache_is_emptied(monkeypatch, log, people, code):
    monkeypatch.setattr(
        schema, "synchronize", lambda: None
    )  # it has been; the engine may not be asked within this test
    monkeypatch.setattr(backups, "restore", lambda path: ABOUT)
    monkeypatch.setattr(audit_verify, "verify", log)
    monkeypatch.setattr(check_messages, "people_to_examine", people)
    owner = uuid.uuid4()
    cache.fill(owner, "page", b"page", generation=cache.look_up(owner, "page").generation)
    output, news, ended = StringIO(), StringIO(), 0
    try:
        call_command("restore", "backup", stdout=output, stderr=news)
    except SystemExit as ending:
        ended = ending.code
    assert ended == code
    assert cache.look_up(owner, "page").value is None
    assert (BROKEN in output.getvalue()) == (log is broken)
    assert (EXAMINED in output.getvalue()) == (people is nobody)
    assert ("A database can't be reached (OperationalError)." in news.getvalue()) == (people is sql_away)


def test_without_sql_it_says_so_and_ends_as_promised(monkeypatch, tmp_path):
    (port,) = free_ports(1)
    monkeypatch.setenv("DATABASE_URL", f"postgres://chat:chat@127.0.0.1:{port}/chat")
    command = [sys.executable, "manage.py", "restore", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (5, ""), done.stderr
    assert done.stderr == "CommandError: A database can't be reached (OperationalError).\n"
