"""What a keyspace knows of itself: its identity, its steps, and who works on them. One partition of one table.

Everything is written under a condition. So Cassandra orders the writes, whatever the clocks of the machines say that
commands run on; and since the lock stands in the same partition, nobody who lost it writes a record.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cassandra import ConsistencyLevel, InvalidRequest
from cassandra.query import SimpleStatement

from chatsystem.errors import StorageUnavailable
from messaging.store.migration.errors import LockLost
from messaging.store.migration.steps import Step
from messaging.store.session import get_session, outages

TABLE = "schema_steps"
CREATE = """
CREATE TABLE IF NOT EXISTS schema_steps (
    scope text,
    holder text STATIC,
    identity uuid STATIC,
    number int,
    name text,
    checksum text,
    statements_done int,
    statements_undone int,
    started_at timestamp,
    applied_at timestamp,
    PRIMARY KEY (scope, number)
)"""
SCOPE = "messages"  # the partition
TIMEOUT = 10  # seconds: nobody waits for an answer, so rather late than never

_SET = "UPDATE schema_steps SET {} WHERE scope = %s AND number = %s IF holder = %s"
_FORWARD = "name = %s, checksum = %s, statements_done = %s, statements_undone = 0, started_at = %s, applied_at = %s"
FORWARD = _SET.format(_FORWARD)
BACKWARD = _SET.format("checksum = %s, statements_done = 0, statements_undone = %s, applied_at = null")
FORGET = "DELETE FROM schema_steps WHERE scope = %s AND number = %s IF holder = %s"
IDENTITY = "SELECT identity FROM schema_steps WHERE scope = %s LIMIT 1"
IDENTIFY = "UPDATE schema_steps SET identity = %s WHERE scope = %s IF holder = %s"
RECORDS = (
    "SELECT number, name, checksum, statements_done, statements_undone, started_at, applied_at "
    "FROM schema_steps WHERE scope = %s"
)


@dataclass(frozen=True)
class Record:
    """What became of a step. `checksum` is that of the statements done; `applied_at` is None for a step half done."""

    number: int
    name: str
    checksum: str
    statements_done: int
    statements_undone: int
    started_at: datetime
    applied_at: datetime | None


def read_records(*, timeout: float = TIMEOUT) -> dict[int, Record]:
    """Return what is recorded, by number. Raises `StorageUnavailable`."""
    rows = execute(RECORDS, SCOPE, timeout=timeout)
    # A partition without steps still has a row, for what is said of the whole of it.
    return {row["number"]: Record(**row) for row in rows if row["number"] is not None}


def record_progress(step: Step, *, done: int, started_at: datetime, holder: str) -> None:
    """Record that the first `done` statements of a step are done. Raises `LockLost`, as all that write here."""
    applied_at = datetime.now(UTC) if done == len(step.statements) else None
    _write(FORWARD, step.name, step.checksum(done), done, started_at, applied_at, SCOPE, step.number, holder)


def record_undoing(step: Step, *, undone: int, holder: str) -> None:
    """Record that a step is being undone: the way up is as good as not begun."""
    _write(BACKWARD, step.checksum(0), undone, SCOPE, step.number, holder)


def forget_step(step: Step, *, holder: str) -> None:
    """Record that a step is undone: nothing is known of it any more."""
    _write(FORGET, SCOPE, step.number, holder)


def identify(*, holder: str) -> UUID:
    """Return what tells this keyspace from all others, also from one of its name that was dropped."""
    rows = execute(IDENTITY, SCOPE)
    known: UUID | None = rows[0]["identity"] if rows else None
    if known is None:
        known = uuid.uuid4()
        _write(IDENTIFY, known, SCOPE, holder)
    return known


def execute(text: str, *values: object, timeout: float = TIMEOUT) -> Sequence[dict[str, Any]]:
    """Run a statement on the records. Raises `StorageUnavailable`."""
    # Not LOCAL_: a schema belongs to all data centres, so its lock does too.
    statement = SimpleStatement(
        text, consistency_level=ConsistencyLevel.QUORUM, serial_consistency_level=ConsistencyLevel.SERIAL
    )
    try:
        with outages("schema"):
            return list(get_session().execute(statement, values, timeout=timeout))
    except InvalidRequest as error:  # no such table, or not yet
        raise StorageUnavailable from error


def _write(text: str, *values: object) -> None:
    if not execute(text, *values)[0]["[applied]"]:
        raise LockLost("The lock was lost: this process stood still for too long. Run the command again.")
