"""All rows of the keyspace as values with their stamps and lives, and back: what backups are made of.

The one place that reads whole tables, in pages and for nobody who waits. Stamps are kept, so rows may be written into a
keyspace that has newer ones, or written twice: the newest value of each cell stays, as always. Check-points of totals
(the static column) are left out; they are counted anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from cassandra.concurrent import execute_concurrent
from cassandra.metadata import TableMetadata, protect_name
from cassandra.query import SimpleStatement

from messaging.store import schema
from messaging.store.cluster import ROWS
from messaging.store.session import get_session, outages

PAGE = 500  # rows of one request
TOGETHER = 200  # rows that are written side by side
TIMEOUT = 30  # seconds for a page
EARLIEST = 1  # the stamp of a row that is nothing but its key: whatever removed it wins


@dataclass(frozen=True)
class Cell:
    """A value, the stamp that it was written with (microseconds) and, where it goes by a TTL, the seconds left."""

    column: str
    value: Any
    stamp: int
    life: int | None


@dataclass(frozen=True)
class Row:
    """A row of a table: its key's values in the table's order, and its cells."""

    table: str
    key: tuple[Any, ...]
    cells: tuple[Cell, ...]


def read_rows() -> Iterator[Row]:
    """Return all rows of all models' tables. Raises `StorageUnavailable`."""
    for table in _tables():
        keys, columns = _columns(table)
        cells = [f"{column}, WRITETIME({column}), TTL({column})" for column in columns]
        text = f"SELECT {', '.join([*keys, *cells])} FROM {protect_name(table.name)}"  # noqa: S608  (names of ours)
        query = SimpleStatement(text, fetch_size=PAGE)
        with outages("archive"):
            for row in get_session().execute(query, execution_profile=ROWS, timeout=TIMEOUT):
                found = zip(columns, *(row[len(keys) + part :: 3] for part in range(3)), strict=True)
                yield Row(
                    table.name,
                    tuple(row[: len(keys)]),
                    tuple(Cell(*cell) for cell in found if cell[1] is not None),
                )


def write_rows(rows: Iterable[Row], *, age: int) -> int:
    """Write rows that were read `age` seconds ago; return how many. What would have gone by its TTL since is left out.

    Raises `StorageUnavailable`; the same rows may be written again.
    """
    tables = {table.name: table for table in _tables()}
    written = 0
    for batch in _in_groups(rows, TOGETHER):
        statements = [statement for row in batch for statement in _statements(tables[row.table], row, age)]
        with outages("archive"):
            execute_concurrent(get_session(), statements, raise_on_first_error=True, execution_profile=ROWS)
        written += len(batch)
    return written


def _tables() -> list[TableMetadata]:
    there = schema.tables() or {}
    return [there[model.column_family_name(include_keyspace=False)] for model in schema.models()]


def _columns(table: TableMetadata) -> tuple[list[str], list[str]]:
    keys = [column.name for column in table.primary_key]
    return keys, [name for name, column in table.columns.items() if name not in keys and not column.is_static]


def _statements(table: TableMetadata, row: Row, age: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Return a statement for each stamp that the row's cells have."""
    keys, _ = _columns(table)
    if not row.cells:
        places = ", ".join(["%s"] * len(keys))
        yield (
            f"INSERT INTO {table.name} ({', '.join(keys)}) VALUES ({places}) USING TIMESTAMP {EARLIEST}",  # noqa: S608  (as above)
            row.key,
        )
    where = " AND ".join(f"{key} = %s" for key in keys)

    def kind(cell: Cell) -> tuple[int, int]:
        return cell.stamp, cell.life or 0

    for (stamp, life), group in groupby(sorted(row.cells, key=kind), key=kind):
        cells = list(group)
        if life and life <= age:
            continue
        using = f"TIMESTAMP {stamp}" + (f" AND TTL {life - age}" if life else "")
        values = ", ".join(f"{cell.column} = %s" for cell in cells)
        yield (
            f"UPDATE {table.name} USING {using} SET {values} WHERE {where}",  # noqa: S608  (as above)
            (*(cell.value for cell in cells), *row.key),
        )


def _in_groups(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        group.append(row)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def in_utc(value: datetime) -> datetime:
    """Return a time as the driver gives it, which has no zone and is in UTC, with its zone."""
    return value.replace(tzinfo=UTC)
