"""Whatever was done to the log behind its back is found, and where it begins."""

import io
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from bench.databases import using
from chatsystem.audit import chain, triggers, verification
from chatsystem.audit.models import AuditEntry
from chatsystem.audit.verification import UNREADABLE, Verdict, verify
from tests.chatsystem.audit.making import write
from tests.server import ROOT

ENTRIES, HEAD = triggers.ENTRIES, triggers.HEAD
COLUMNS = [field.column for field in AuditEntry._meta.fields]


@contextmanager
def unprotected():
    """As whoever administers the database, and may take triggers away."""
    triggers.drop(connection)
    yield
    triggers.create(connection)


def tamper(*statements):
    with unprotected(), transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def rehash(number):
    """Have one entry carry the hash that belongs to what it says now."""
    entry = AuditEntry.objects.get(pk=number)
    tamper(f"UPDATE {ENTRIES} SET hash = '{chain.hash_of(entry)}' WHERE number = {number}")


def copy_of(number, to):
    values = ", ".join(str(to) if column == "number" else column for column in COLUMNS)
    return f"INSERT INTO {ENTRIES} ({', '.join(COLUMNS)}) SELECT {values} FROM {ENTRIES} WHERE number = {number}"


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(verification, "AT_ONCE", 3)


@pytest.fixture
def ten(database):
    """Ten entries."""
    write(9, before={"suspended": False}, after={"suspended": True, "until": "2026-11-24"}, reason="spam")
    return write()


def test_an_empty_log_is_whole(database):
    assert verify() == Verdict(0, chain.START)


def test_a_log_that_nobody_touched_is_whole(ten):
    assert verify() == Verdict(10, ten.hash)


CHANGES = {
    "at": "'2026-11-24 12:00:00+00:00'",
    "actor_kind": "'x'",
    "actor_id": "'x'",
    "actor_name": "'x'",
    "action": "'x'",
    "target_kind": "'x'",
    "target_id": "'x'",
    "target_name": "'x'",
    "before": "'{\"suspended\": true}'",
    "after": "NULL",
    "reason": "''",
    "request_id": "'x'",
    "address": "'10.0.0.1'",
    "hash": f"'{'1' * 64}'",
}


def test_every_column_is_among_those_that_are_tried():
    assert {*CHANGES, "number", "previous"} == set(COLUMNS)


def test_a_change_of_anything_is_found(ten):
    for column, value in CHANGES.items():
        with transaction.atomic():
            tamper(f"UPDATE {ENTRIES} SET {column} = {value} WHERE number = 5")
            verdict = verify()
            assert (verdict.broken_at, verdict.entries) == (5, 4), column
            assert verdict.problem == "it was changed: its hash is another one's", column
            transaction.set_rollback(True)
    assert verify().is_whole


def test_a_change_that_takes_the_hash_along_breaks_the_next(ten):
    tamper(f"UPDATE {ENTRIES} SET reason = '' WHERE number = 5")
    rehash(5)
    verdict = verify()
    assert (verdict.broken_at, verdict.problem) == (6, "it doesn't name the hash of the one before")


def test_a_change_of_the_last_that_takes_the_hash_along_is_found_by_the_head(ten):
    tamper(f"UPDATE {ENTRIES} SET reason = 'x' WHERE number = 10")
    rehash(10)
    verdict = verify()
    assert (verdict.broken_at, verdict.entries, verdict.problem) == (10, 9, "its hash is another than the head's")


@pytest.mark.parametrize("number", [1, 3, 4, 9])
def test_a_removal_in_the_middle_is_found(ten, number):
    tamper(f"DELETE FROM {ENTRIES} WHERE number = {number}")
    verdict = verify()
    assert (verdict.broken_at, verdict.problem) == (number, f"it is missing: the next is {number + 1}")


def test_a_removal_that_closes_the_gap_is_found(ten):
    tamper(
        f"DELETE FROM {ENTRIES} WHERE number = 5",
        *(f"UPDATE {ENTRIES} SET number = {number - 1} WHERE number = {number}" for number in range(6, 11)),
    )
    verdict = verify()
    assert (verdict.broken_at, verdict.problem) == (5, "it doesn't name the hash of the one before")


def test_an_end_that_was_cut_off_is_told_by_the_head(ten):
    tamper(f"DELETE FROM {ENTRIES} WHERE number > 7")
    verdict = verify()
    assert (verdict.broken_at, verdict.problem) == (8, "the log was cut off here: its head stands at 10")


def test_a_log_that_is_gone_as_a_whole_is_found(ten):
    tamper(f"DELETE FROM {ENTRIES}")
    assert verify().broken_at == 1


def test_an_insertion_is_found_before_in_and_behind_the_log(ten):
    for number in (-7, 0, 11):
        with transaction.atomic():
            tamper(copy_of(5, number))
            assert verify().broken_at == (11 if number == 11 else 1)
            transaction.set_rollback(True)
    tamper(
        *(f"UPDATE {ENTRIES} SET number = {number + 1} WHERE number = {number}" for number in range(10, 4, -1)),
        copy_of(4, 5),
        f"UPDATE {HEAD} SET number = 11",
    )
    assert verify().broken_at == 5


def test_an_exchange_of_two_is_found(ten):
    steps = ((5, 0), (6, 5), (0, 6))
    tamper(*(f"UPDATE {ENTRIES} SET number = {to} WHERE number = {number}" for number, to in steps))
    assert verify().broken_at == 5


def test_a_head_that_is_gone_leaves_nothing_whole(ten):
    tamper(f"DELETE FROM {HEAD}")
    assert verify() == Verdict(0, chain.START, 1, "it stands behind the head, where record did not write it")


def test_a_whole_new_chain_is_found_by_what_was_noted_outside(ten):
    noted = (7, AuditEntry.objects.get(pk=7).hash)
    assert verify(known=noted).is_whole
    new_chain(reason="innocent")
    assert verify().is_whole
    verdict = verify(known=noted)
    assert (verdict.broken_at, verdict.problem) == (7, "its hash is another than the one that was noted")


def new_chain(reason):
    """Forge the log from the third entry on, as whoever may do everything in the database can."""
    previous = AuditEntry.objects.get(pk=2).hash
    for entry in AuditEntry.objects.filter(number__gte=3).order_by("number"):
        entry.reason, entry.previous = reason, previous
        previous = chain.hash_of(entry)
        values = f"reason = '{reason}', previous = '{entry.previous}', hash = '{previous}'"
        tamper(f"UPDATE {ENTRIES} SET {values} WHERE number = {entry.number}")
    tamper(f"UPDATE {HEAD} SET hash = '{previous}'")


def test_a_log_that_was_cut_off_with_its_head_is_found_by_what_was_noted_outside(ten):
    cut = AuditEntry.objects.get(pk=8).hash
    tamper(f"DELETE FROM {ENTRIES} WHERE number > 8", f"UPDATE {HEAD} SET number = 8, hash = '{cut}'")
    assert verify().is_whole
    verdict = verify(known=(10, ten.hash))
    assert (verdict.broken_at, verdict.problem) == (9, "the log was cut off here: entry 10 was noted once")


def test_what_can_not_even_be_read_is_found(ten):
    if connection.vendor == "postgresql":
        return  # which keeps nothing that isn't of its column's kind
    for column, value in {"after": "'{'", "at": "'yesterday'", "before": "'{\"a\": 1.5}'"}.items():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA ignore_check_constraints = ON")
            tamper(f"UPDATE {ENTRIES} SET {column} = {value} WHERE number = 5")
            verdict = verify()
            assert (verdict.broken_at, verdict.entries) == (5, 4), column
            assert verdict.problem in {UNREADABLE, "it was changed: its hash is another one's"}
            transaction.set_rollback(True)


def test_a_log_that_grows_meanwhile_is_whole(ten, monkeypatch):
    entries = verification._entries

    def growing(last):
        for entry in entries(last):
            write()
            yield entry

    monkeypatch.setattr(verification, "_entries", growing)
    assert verify() == Verdict(10, ten.hash)
    assert AuditEntry.objects.count() == 20


def test_the_log_is_read_in_short_pieces(ten, django_assert_num_queries):
    with django_assert_num_queries(1 + 5 + 2):  # the head; 3, 3, 3, 1 and none; the last entry and the head again
        verify()


# The command


def run(*arguments):
    """Run the command, and return how it ends, what it printed, and what it complained of."""
    output = io.StringIO()
    try:
        call_command("audit_verify", *arguments, stdout=output)
    except SystemExit as end:
        return end.code, output.getvalue(), ""
    except CommandError as error:
        return error.returncode, output.getvalue(), str(error)
    return 0, output.getvalue(), ""


def test_the_command_says_that_all_is_whole_and_what_to_note(ten):
    assert run() == (0, f"10 entries are whole, up to 10 {ten.hash}\n", "")
    status, printed, _ = run("--json", "--known", "10", ten.hash)
    assert (status, json.loads(printed)) == (
        0,
        {
            "whole": True,
            "entries": 10,
            "hash": ten.hash,
            "broken_at": None,
            "problem": "",
            "missing_triggers": [],
            "ahead_until": None,
        },
    )


def test_the_command_warns_of_times_that_are_more_than_a_minute_ahead(database):
    with time_machine.travel(datetime(2126, 11, 24, 12, tzinfo=UTC), tick=False):
        last = write()
    whole = f"1 entries are whole, up to 1 {last.hash}\n"
    with time_machine.travel(datetime(2126, 11, 24, 11, 59, tzinfo=UTC), tick=False):
        assert run() == (0, whole, "")
    with time_machine.travel(datetime(2126, 11, 24, 11, 58, 59, tzinfo=UTC), tick=False):
        told = "AHEAD: a clock was wrong. Set it; entries until 2126-11-24T12:00:00.000000Z carry that time.\n"
        assert run() == (0, whole + told, "")
        assert json.loads(run("--json")[1])["ahead_until"] == "2126-11-24T12:00:00.000000Z"


def test_the_command_ends_with_1_and_tells_the_first_number_that_is_broken(ten):
    tamper(f"UPDATE {ENTRIES} SET reason = 'x' WHERE number IN (4, 6)")
    status, printed, _ = run()
    assert status == 1
    assert printed.splitlines()[1] == "BROKEN at 4: it was changed: its hash is another one's."
    status, printed, _ = run("--json")
    assert (status, json.loads(printed)["broken_at"], json.loads(printed)["entries"]) == (1, 4, 3)


def test_the_command_ends_with_1_where_nothing_protects_the_log_any_more(ten):
    triggers.drop(connection)
    status, printed, _ = run()
    assert status == 1
    assert printed.splitlines()[1].startswith("UNPROTECTED: the database lacks the triggers audit_entry_is_kept")


@pytest.mark.sql
def test_the_command_ends_with_2_where_it_could_not_look(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), using(f"sqlite:///{tmp_path}/empty.sqlite3"):
        assert run() == (2, "", "SQL can't be read (OperationalError).")
        for known in (("x", "0" * 64), ("1", "0")):
            assert run("--known", *known) == (2, "", "--known takes a number and a hash of 64 digits.")


def test_the_process_ends_as_the_command_does(database, ten):
    tamper(f"UPDATE {ENTRIES} SET reason = 'x' WHERE number = 4")
    command = [sys.executable, "manage.py", "audit_verify"]
    environment = {**os.environ, "DATABASE_URL": database}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout.splitlines()[1][:11], done.stderr) == (1, "BROKEN at 4", "")
