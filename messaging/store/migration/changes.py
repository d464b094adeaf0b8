"""What there is to do, and doing it."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from chatsystem.errors import StorageUnavailable
from messaging.store import schema
from messaging.store.migration import records
from messaging.store.migration.errors import InvalidStep, NoWayDown, StepChanged
from messaging.store.migration.lock import Lock
from messaging.store.migration.records import Record
from messaging.store.migration.steps import Step, read_steps
from messaging.store.session import get_session, outages

CHANGES_SCHEMA = ("CREATE", "ALTER", "DROP")  # how such statements begin

MAKING = 5  # seconds in which a table that was made can be used
PAUSE = 0.05  # seconds between two tries

Tell = Callable[[str], None]


def prepare() -> None:
    """Make what the lock and the records stand in; any number of processes may do so at once."""
    schema.make_keyspace()
    _wait_until(get_session)  # from here on in our keyspace
    if records.TABLE not in (schema.tables() or {}):
        schema.create(records.CREATE)
    _wait_until(records.read_records)


def _wait_until(works: Callable[[], object]) -> None:
    """Wait for what somebody else is making: a node lists it a moment before it can be used.

    Until then it answers with one of several errors, which are taken for an outage.
    """
    deadline = time.monotonic() + MAKING
    while True:
        try:
            works()
            return
        except StorageUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)


def read_known() -> dict[int, Record]:
    """Return what is recorded; nothing where there is no table yet."""
    return records.read_records() if records.TABLE in (schema.tables() or {}) else {}


def check_records(steps: Sequence[Step], known: dict[int, Record]) -> None:
    """Raise `StepChanged` where what was done of a step is no longer what its file says."""
    for step in steps:
        record = known.get(step.number)
        if record is None:
            continue
        done = record.statements_done
        longer = record.applied_at is not None and len(step.statements) != done
        if longer or step.checksum(done) != record.checksum:
            state = "applied" if record.applied_at else f"begun ({done} statements)"
            raise StepChanged(
                f"{record.name} was {state} and its file {step.name}.cql has changed since. "
                "Give the file its old statements back, and put new ones into a new step."
            )


def pending(steps: Sequence[Step], known: dict[int, Record]) -> list[Step]:
    """Return the steps that are to be applied, in order. Raises `StepChanged`, and `InvalidStep` for a late one."""
    check_records(steps, known)
    waiting = [step for step in steps if not _is_applied(known.get(step.number))]
    for record in known.values():
        if waiting and record.number > waiting[0].number and record.applied_at:
            raise InvalidStep(
                f"{waiting[0].name} is not applied, though {record.name} is. Give it a number after those."
            )
    return waiting


def to_undo(steps: Sequence[Step], known: dict[int, Record], *, down_to: int) -> list[Step]:
    """Return the steps above `down_to` that were begun, newest first. Raises `NoWayDown` and `StepChanged`."""
    check_records(steps, known)
    by_number = {step.number: step for step in steps}
    undoing = []
    for number in sorted((number for number in known if number > down_to), reverse=True):
        step = by_number.get(number)
        if step is None:
            raise NoWayDown(f"{known[number].name} can't be undone: this version has no file of it.")
        if step.down is None:
            raise NoWayDown(f"{step.name} can't be undone: its file has no way down.")
        undoing.append(step)
    return undoing


def unknown(steps: Sequence[Step], known: dict[int, Record]) -> list[str]:
    """Return the names of recorded steps that a newer version of the code made."""
    return [record.name for number, record in sorted(known.items()) if number > len(steps)]


def migrate(steps: Sequence[Step], lock: Lock, tell: Tell) -> None:
    """Bring the keyspace to the models, then apply the steps that are pending, under the lock.

    Raises `SchemaError` before anything is done, `StepFailed` with what was done recorded, and `StorageUnavailable`;
    the next run goes on where this one stopped.
    """
    known = records.read_records()
    waiting = pending(steps, known)
    lock.check()
    schema.synchronize()
    for step in waiting:
        record = known.get(step.number)
        done = record.statements_done if record else 0
        began = record.started_at if record else datetime.now(UTC)
        tell(f"Going on with {step.name} at statement {done + 1}." if done else f"Applying {step.name}.")
        for position in range(done, len(step.statements)):
            # Recorded before the first statement too, so that a step is known from its beginning.
            records.record_progress(step, done=position, started_at=began, holder=lock.holder)
            _run(step.statements[position], lock, f"{step.name}, statement {position + 1}")
        schema.wait_for_agreement()
        records.record_progress(step, done=len(step.statements), started_at=began, holder=lock.holder)


def go_down(steps: Sequence[Step], lock: Lock, tell: Tell, *, down_to: int) -> None:
    """Undo the steps above `down_to`, newest first, under the lock. Errors as those of `migrate`, and `NoWayDown`."""
    known = records.read_records()
    for step in to_undo(steps, known, down_to=down_to):
        tell(f"Undoing {step.name}.")
        down = step.down or ()
        for position in range(known[step.number].statements_undone, len(down)):
            records.record_undoing(step, undone=position, holder=lock.holder)
            _run(down[position], lock, f"{step.name}, statement {position + 1} of its way down")
        schema.wait_for_agreement()
        records.forget_step(step, holder=lock.holder)


def plan(steps: Sequence[Step], *, down_to: int | None = None) -> list[str]:
    """Return what a run would do, a line each. Reads without the lock, changes nothing, raises as a run would."""
    known = read_known()
    if down_to is not None:
        return [f"Undo {step.name}." for step in to_undo(steps, known, down_to=down_to)]
    there = schema.tables()
    lines = [f"Make the keyspace {schema.keyspace_name()}."] if there is None else []
    lines += [f"Make {part}." for part in schema.missing_parts()]
    lines += [f"Set the option {option}." for option in schema.differing_options()]
    for step in pending(steps, known):
        done = known[step.number].statements_done if step.number in known else 0
        lines.append(f"Go on with {step.name} at statement {done + 1}." if done else f"Apply {step.name}.")
    return lines


def unapplied(*, timeout: float, folder: Path | None = None) -> list[str]:
    """Return the names of our steps that are not applied: one small read, none where the code has no steps."""
    steps = read_steps(folder)
    if not steps:
        return []
    known = records.read_records(timeout=timeout) if records.TABLE in (schema.tables() or {}) else {}
    return [step.name for step in steps if not _is_applied(known.get(step.number))]


def _is_applied(record: Record | None) -> bool:
    return record is not None and record.applied_at is not None


def _run(statement: str, lock: Lock, what: str) -> None:
    lock.check()
    with outages("schema"), schema.refusals(f"{what} was refused"):
        get_session().execute(statement, timeout=schema.TIMEOUT)
    if statement.upper().startswith(CHANGES_SCHEMA):
        schema.wait_for_agreement()
