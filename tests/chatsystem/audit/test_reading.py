"""Listing and exporting the log."""

import csv
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chatsystem.audit import chain, entries
from chatsystem.audit.actions import Action
from chatsystem.audit.entries import ALL, Filters, find_last_action, list_entries, walk
from chatsystem.audit.exporting import COLUMNS, export_entries
from chatsystem.audit.models import AuditEntry
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import InvalidPayload
from tests.chatsystem.audit.making import ALICE, write
from tests.operators import OPERATOR

NOON = datetime(2126, 11, 24, 12, tzinfo=UTC)
BOB = Target("person", "5a1f6a9f-0000-4000-8000-000000000002", "bob")
OTHER = Actor("person", "7d9f3f0c-0000-4000-8000-000000000001", "otto")


@pytest.fixture
def six(database):
    """Six entries, a minute apart from noon on."""
    told = [
        {},
        {"actor": OTHER},
        {"target": BOB},
        {"action": Action.PERSON_UNSUSPENDED},
        {"actor": OTHER, "target": BOB},
        {"target": Target("message", ALICE.id)},
    ]
    for minute, one in enumerate(told):
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            write(**one)


def numbers(found):
    return [entry.number for entry in found]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (ALL, [6, 5, 4, 3, 2, 1]),
        (Filters(actor_id=OTHER.id), [5, 2]),
        (Filters(action="person.unsuspended"), [4]),
        (Filters(target_kind="person", target_id=BOB.id), [5, 3]),
        (Filters(target_kind="person"), [5, 4, 3, 2, 1]),
        (Filters(target_kind="person", target_id=BOB.id, actor_id=OTHER.id), [5]),
        (Filters(since=NOON + timedelta(minutes=2)), [6, 5, 4, 3]),
        (Filters(until=NOON + timedelta(minutes=2)), [2, 1]),
        (Filters(since=NOON + timedelta(seconds=1), until=NOON + timedelta(minutes=3, seconds=1)), [4, 3, 2]),
        (Filters(since=NOON + timedelta(days=1)), []),
        (Filters(until=NOON), []),
        (Filters(action="nothing"), []),
    ],
    ids=str,
)
def test_filters_find_what_they_say_the_last_first_and_walk_in_order(six, filters, found, monkeypatch):
    monkeypatch.setattr(entries, "AT_ONCE", 2)
    assert numbers(list_entries(filters=filters, limit=10)) == found
    assert numbers(walk(filters, up_to=6)) == found[::-1]


def test_a_page_follows_the_one_before(six):
    assert numbers(list_entries(limit=4)) == [6, 5, 4, 3]
    assert numbers(list_entries(before=3, limit=4)) == [2, 1]


def test_no_page_counts_or_skips_and_each_is_found_by_an_index(six):
    filters = (
        Filters(actor_id=OTHER.id),
        Filters(action="person.unsuspended"),
        Filters(target_kind="person", target_id=BOB.id),
        Filters(target_kind="person"),
        ALL,
    )
    for one in filters:
        with CaptureQueriesContext(connection) as queries:
            list_entries(filters=one, before=5, limit=50)
        check_index(queries)


def test_the_last_of_some_actions_on_a_target_is_found_by_an_index(six):
    for among, found in (
        ([Action.PERSON_SUSPENDED, Action.PERSON_UNSUSPENDED], "person.unsuspended"),
        ([Action.PERSON_SUSPENDED], "person.suspended"),
        ([Action.PERSON_ADDED], None),
    ):
        with CaptureQueriesContext(connection) as queries:
            assert find_last_action(target=ALICE, among=among) == found
        assert "LIMIT 1" in check_index(queries)


def check_index(queries):
    """Check that one query was sent, which an index answers in order, and return it."""
    (query,) = [query["sql"] for query in queries]
    assert "COUNT" not in query
    assert "OFFSET" not in query
    if connection.vendor == "sqlite":  # PostgreSQL reads so small a table at once
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query}")
            plan = " ".join(row[3] for row in cursor.fetchall())
        assert plan.startswith("SEARCH"), plan
        assert "TEMP B-TREE" not in plan
    return query


def test_a_span_of_time_costs_two_looks_more(six, django_assert_num_queries):
    with django_assert_num_queries(3):
        list_entries(filters=Filters(since=NOON, until=NOON + timedelta(hours=1)), limit=50)


# Exporting


def test_an_export_is_told_in_the_log_and_ends_before_that(six):
    filters = Filters(actor_id=OTHER.id, since=NOON)
    lines = list(export_entries(actor=OPERATOR, form="ndjson", filters=filters, reason="quarterly"))
    assert [json.loads(line)["number"] for line in lines] == [2, 5]
    entry = AuditEntry.objects.get(number=7)
    assert (entry.action, entry.actor_name, entry.reason) == ("audit.exported", "olga", "quarterly")
    assert entry.after == {"filters": {"actor_id": OTHER.id, "since": "2126-11-24T12:00:00.000000Z"}}
    assert len(list(export_entries(actor=OPERATOR, form="ndjson"))) == 7


def test_whoever_has_the_ndjson_can_compute_the_chain_anew(six):
    previous = chain.START
    for line in export_entries(actor=OPERATOR, form="ndjson"):
        values = json.loads(line)
        own = values.pop("hash")
        assert values["previous"] == previous
        previous = hashlib.sha256(chain.canonical(values).encode()).hexdigest()
        assert previous == own


def test_csv_has_all_columns_and_nothing_that_a_spreadsheet_takes_for_a_formula(database):
    formulas = ["=1+1", "+1", "-1", "@a", "\tx", "\rx", "\nx"]
    for text in formulas:
        write(reason=text, target=Target("person", "1", text), before={"a": text})
    write(reason='He said "=1", twice,\nor so')
    rows = list(csv.reader(io.StringIO("".join(export_entries(actor=OPERATOR, form="csv")), newline="")))
    assert rows[0] == list(COLUMNS)
    assert len(rows) == 1 + len(formulas) + 1
    cells = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert [cell["reason"] for cell in cells] == [*(f"'{text}" for text in formulas), 'He said "=1", twice,\nor so']
    assert [cell["target_name"] for cell in cells[:-1]] == [f"'{text}" for text in formulas]
    assert cells[0]["before"] == '{"a":"=1+1"}'
    assert (cells[0]["after"], cells[0]["request_id"]) == ("", "")
    assert cells[0]["at"] == chain.in_utc(AuditEntry.objects.get(number=1).at)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_no_cell_is_a_formula_whatever_ends_a_cell_for_who_reads(database, delimiter):
    for text in (
        ";=cmd|'/C x'!A0;",
        "a;=1",
        "a\t+1",
        "a,-1",
        "a\n@1",
        "a\r=1",
        "a\r\n=1",
        "; \t =1",
        'a;"=1"',
        'a";""=1',
        " =1",
        '"=1',
        "\t=1",
    ):
        write(reason=text, target=Target("person", text, text), after={"a": text, "b": ["=1", "+1"]})
    text = "".join(export_entries(actor=OPERATOR, form="csv"))
    cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]
    assert [cell for cell in cells if cell.strip().startswith(("=", "+", "-", "@"))] == []
    assert ";'=cmd|'/C x'!A0;" in text


def exported(*arguments):
    output = io.StringIO()
    call_command("audit_export", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_prints_what_is_wanted(six):
    lines = exported("--actor", OTHER.id, "--since", "2126-11-24T12:02", "--reason", "court order").splitlines()
    assert [json.loads(line)["number"] for line in lines] == [5]
    entry = AuditEntry.objects.first()
    assert (entry.actor_kind, entry.reason) == ("command", "court order")
    table = exported("--format", "csv", "--target", f"person:{BOB.id}", "--until", "2126-11-24T13:03+01:00")
    assert [row["number"] for row in csv.DictReader(io.StringIO(table))] == ["3"]


def test_a_dry_run_of_the_command_says_how_many_there_are_and_exports_and_records_nothing(six):
    dry_run = ("--actor", OTHER.id, "--format", "csv", "--dry-run")
    assert exported(*dry_run) == "Nothing was changed. It would be: 2 entries exported as csv.\n"
    assert json.loads(exported(*dry_run, "--json")) == {"dry_run": True, "entries": 2, "format": "csv"}
    assert json.loads(exported("--dry-run", "--json")) == {"dry_run": True, "entries": 6, "format": "ndjson"}
    assert AuditEntry.objects.count() == 6


def test_the_command_refuses_by_an_object_for_programs(six):
    output = io.StringIO()
    with pytest.raises(CommandError) as end:
        call_command("audit_export", "--reason", "x" * 501, "--json", stdout=output)
    assert (end.value.returncode, json.loads(output.getvalue())["error"]["code"]) == (1, "invalid_payload")
    assert AuditEntry.objects.count() == 6


def test_the_command_refuses_what_can_not_be_and_records_nothing(six):
    for arguments in (["--since", "yesterday"], ["--action", "x"], ["--format", "xml"], ["--reason", "x" * 501]):
        with pytest.raises(CommandError):
            exported(*arguments)
    assert AuditEntry.objects.count() == 6


def test_a_line_end_that_a_browser_sent_is_one_character():
    longest = "x\r\n" * 249 + "yz"
    assert clean_reason(f"\r\n {longest}\r\n") == "x\n" * 249 + "yz"
    with pytest.raises(InvalidPayload):
        clean_reason(f"{longest}!")


@pytest.mark.parametrize("reason", ["a\0b", "\ud800"])
def test_a_reason_that_databases_refuse_is_refused_by_name(reason):

    with pytest.raises(InvalidPayload) as refusal:
        clean_reason(reason)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("reason", "invalid_character")]
