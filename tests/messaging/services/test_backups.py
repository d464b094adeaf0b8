"""Backups beside a running service; tests/deploy has them under load, and restored."""

import gzip
import json
import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection

from accounts.models import User
from chatsystem.audit.models import AuditEntry
from messaging.services import backups
from messaging.services.backups import AUDIT, PEOPLE, back_up
from messaging.store import archive
from messaging.store.archive import Cell, Row
from tests.chatsystem.audit.making import write
from tests.factories import new_name


def at_once(do):
    """Call `do` in a thread, so by a connection of its own, and return what it raised."""
    raised = []

    def one():
        try:
            do()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=one)
    thread.start()
    thread.join()
    return raised


def lines(file):
    with gzip.open(file, "rt") as text:
        return [json.loads(line) for line in text]


@pytest.mark.ring
@pytest.mark.usefixtures("database")
def test_others_write_while_sql_is_read_and_what_they_write_belongs_to_the_next_backup(tmp_path, monkeypatch):
    User.objects.create_user("alice")
    write(2)
    raised = []

    def somebody_writes():
        User.objects.create_user(new_name())
        write()

    def dump(*arguments, **options):
        call_command(*arguments, **options)
        raised.extend(at_once(somebody_writes))

    call_command = backups.call_command
    monkeypatch.setattr(backups, "call_command", dump)
    monkeypatch.setattr(archive, "read_rows", lambda: iter(()))  # not of this test
    about = back_up(tmp_path / "backup")
    assert raised == []
    assert (User.objects.count(), AuditEntry.objects.count()) == (2, 3)
    assert (about["people"], about["entries"], about["rows"]) == (1, 2, 0)
    people = [
        row["fields"]["username"] for row in lines(tmp_path / "backup" / PEOPLE) if row["model"] == "accounts.user"
    ]
    assert people == ["alice"]
    assert [entry["number"] for entry in lines(tmp_path / "backup" / AUDIT)] == [1, 2]
    if connection.vendor == "sqlite":
        assert connection.transaction_mode == "IMMEDIATE"  # whatever comes after a backup may write


@pytest.mark.parametrize(("ended", "wait"), [(-11, []), (-5, [6.0]), (0, [11.0])])
def test_after_a_restore_one_waits_until_ten_seconds_and_one_have_passed_since_the_backup(monkeypatch, ended, wait):
    """A backup of just now may hold torn sends that are repaired only once they count as settled."""
    waits = []
    monkeypatch.setattr(backups.time, "time", lambda: 1_795_000_000.0)
    monkeypatch.setattr(backups.time, "sleep", lambda seconds: waits.append(seconds) if seconds else None)
    backups.wait_until_settled({"ended_at": 1_795_000_000 + ended})
    assert waits == wait


def test_rows_come_out_of_a_backup_as_they_went_in(tmp_path, monkeypatch):
    moment = datetime(2026, 12, 1, 12, 30, 0, 250_000, tzinfo=UTC)
    key = (uuid.uuid4(), uuid.uuid1(), 7, "ключ")
    values = {
        "id": uuid.uuid1(),
        "at": moment.replace(tzinfo=None),
        "print": b"\0\xff",
        "last": (uuid.uuid1(), None, "hi"),
        "muted": True,
    }
    row = Row("any", key, tuple(Cell(name, value, 17, None) for name, value in values.items()))
    bare = Row("any", key, (Cell("text", "a\nb", 18, 3_600),))
    monkeypatch.setattr(archive, "read_rows", lambda: iter([row, bare, bare]))
    assert backups._write_messages(tmp_path / "rows.gz") == 3
    with gzip.open(tmp_path / "rows.gz", "rt", encoding="utf-8") as text:
        read = [backups._row(line) for line in text]
    at = Cell("at", moment, 17, None)  # the driver's times are in UTC and don't say so
    assert read == [replace(row, cells=tuple(at if cell.column == "at" else cell for cell in row.cells)), bare, bare]
