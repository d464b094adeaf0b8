"""A backup of everything that can't be rebuilt: people in SQL, messages in Cassandra; one directory.

Messages are read first, so everybody whose messages are there is in SQL's copy too. What is sent meanwhile may be there
in part; `restore` ends with what mends that (`check_messages`).
"""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction

from chatsystem.audit.entries import ALL, walk
from chatsystem.audit.exporting import as_ndjson
from chatsystem.audit.models import AuditEntry, AuditHead
from chatsystem.audit.restoring import restore_entries
from chatsystem.jobs.starting import begin_anew
from messaging.store import archive
from messaging.store.archive import Cell, Row
from messaging.store.totals import SETTLED

MESSAGES, PEOPLE, AUDIT, ABOUT = "messages.jsonl.gz", "people.jsonl.gz", "audit.jsonl.gz", "about.json"
UNFINISHED = ".*.unfinished"  # its name until it's whole
FORMAT = 1  # of the files; another one is refused
# What `migrate` makes by itself, with ids of its own; processes that won't be there; and what has a file of its own.
LEFT_OUT = ("contenttypes", "auth.permission", "chatsystem.jobworker", "chatsystem.auditentry", "chatsystem.audithead")


class UnsoundBackup(Exception):
    """The directory holds no whole backup, or one that was changed since. Nothing was restored."""


class NotEmpty(Exception):
    """There are people or entries of an audit log already. Nothing was restored."""


def back_up(directory: Path) -> dict[str, Any]:
    """Write a backup into a directory that isn't there yet; return what it says of itself.

    It has the name when it's whole, and nothing is left of one that failed. Raises `FileExistsError`, and
    `StorageUnavailable` or `OperationalError` where a part is away.
    """
    if directory.exists():
        raise FileExistsError(directory)
    with _writing_below(directory.parent):
        unfinished = directory.with_name(UNFINISHED.replace("*", directory.name))
        unfinished.mkdir()
        try:
            about = _write(unfinished)
            unfinished.rename(directory)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return about


def _write(directory: Path) -> dict[str, Any]:
    began = time.time()
    rows = _write_messages(directory / MESSAGES)
    people, entries = _write_sql(directory)
    about = {
        "format": FORMAT,
        "began_at": int(began),
        "ended_at": int(time.time()),
        "rows": rows,
        "people": people,
        "entries": entries,
        "sha256": {name: _sum(directory / name) for name in (MESSAGES, PEOPLE, AUDIT)},
    }
    (directory / ABOUT).write_text(json.dumps(about, indent=1) + "\n")
    return about


@contextmanager
def _writing_below(place: Path) -> Iterator[None]:
    """Remove what killed backups left in a directory, and have nobody remove what the block writes there.

    The lock goes with the process that has it. Where the file system knows none, what was left stays.
    """
    place.mkdir(parents=True, exist_ok=True)
    lock = os.open(place, os.O_RDONLY)
    try:
        with suppress(OSError):  # another one is being written
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in place.glob(UNFINISHED):
                shutil.rmtree(left, ignore_errors=True)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


def restore(directory: Path) -> dict[str, Any]:
    """Bring everything back into empty databases; return what the backup says of itself.

    Raises `UnsoundBackup` and `NotEmpty` before anything is written. After another error the same may be done again:
    messages that are there already stay as they are, and SQL has all of its part or nothing.
    """
    about = read_about(directory)
    if get_user_model().objects.exists() or AuditEntry.objects.exists():
        raise NotEmpty
    with gzip.open(directory / MESSAGES, "rt", encoding="utf-8") as lines:
        archive.write_rows(map(_row, lines), age=int(time.time()) - about["began_at"])
    with transaction.atomic():
        Group.objects.all().delete()  # which `migrate` made, with other ids
        call_command("loaddata", directory / PEOPLE, verbosity=0)
        with gzip.open(directory / AUDIT, "rt", encoding="ascii") as lines:
            restore_entries(lines)
        # Clocks may differ; what was done before messages were read is done again, in vain.
        begin_anew(since=datetime.fromtimestamp(about["began_at"] - SETTLED / 1_000_000, UTC))
    return about


def wait_until_settled(about: dict[str, Any]) -> None:
    """Return when whatever looks at messages takes those of the backup for whole or torn, no longer for under way."""
    time.sleep(max(0.0, about["ended_at"] + SETTLED / 1_000_000 + 1 - time.time()))


def read_about(directory: Path) -> dict[str, Any]:
    """Return what a backup says of itself, after looking whether it is whole. Raises `UnsoundBackup`."""
    try:
        about: dict[str, Any] = json.loads((directory / ABOUT).read_text())
        if about["format"] != FORMAT:
            raise UnsoundBackup(f"it is of format {about['format']}, and this version reads {FORMAT}")
        for name, wanted in about["sha256"].items():
            if _sum(directory / name) != wanted:
                raise UnsoundBackup(f"{name} was changed since it was written")
    except (OSError, ValueError, KeyError) as error:
        raise UnsoundBackup(f"there is no whole backup ({type(error).__name__})") from error
    return about


def in_words(about: Mapping[str, Any]) -> str:
    """Return what a backup holds, for people."""
    return f"{about['people']} people, {about['rows']} rows of messages, {about['entries']} entries of the audit log"


def _write_messages(path: Path) -> int:
    count = 0
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=5) as file:
        for row in archive.read_rows():
            cells = [[cell.column, _packed(cell.value), cell.stamp, cell.life] for cell in row.cells]
            file.write(json.dumps([row.table, _packed(row.key), cells], separators=(",", ":")) + "\n")
            count += 1
    return count


def _write_sql(directory: Path) -> tuple[int, int]:
    """Write all of it, of one moment; return the numbers of people and of entries in the audit log."""
    with _one_moment():
        call_command(
            "dumpdata",
            format="jsonl",
            output=str(directory / PEOPLE),
            exclude=list(LEFT_OUT),
            use_natural_foreign_keys=True,
            verbosity=0,
            traceback=True,  # else it hides a lost database in a `CommandError`
        )
        # Not by `dumpdata`: what that writes is read back by an UPDATE first, which the database refuses here.
        entries = AuditHead.objects.get().number
        with gzip.open(directory / AUDIT, "wt", encoding="ascii", compresslevel=5) as file:
            file.writelines(as_ndjson(walk(ALL, up_to=entries)))
        return get_user_model().objects.count(), entries


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read SQL as it is when it's first looked at. Others write meanwhile; nothing may be written in here."""
    connection.ensure_connection()
    this: Any = connection
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            # By the settings it would be IMMEDIATE and take the writers' lock; in WAL mode a reader needs none.
            stack.callback(setattr, this, "transaction_mode", this.transaction_mode)
            this.transaction_mode = "DEFERRED"
        stack.enter_context(transaction.atomic(durable=True))
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _row(line: str) -> Row:
    table, key, cells = json.loads(line)
    unpacked = (Cell(column, _unpacked(value), stamp, life) for column, value, stamp, life in cells)
    return Row(table, _unpacked(key), tuple(unpacked))


def _packed(value: Any) -> Any:
    """Return a value as JSON has it; what JSON has no kind for gets a letter for its kind."""
    match value:
        case UUID():
            return {"u": value.hex}
        case datetime():
            return {"d": archive.in_utc(value).isoformat()}
        case bytes():
            return {"b": value.hex()}
        case tuple():
            return {"t": [_packed(part) for part in value]}
        case _:
            return value


def _unpacked(value: Any) -> Any:
    match value:
        case {"u": text}:
            return UUID(text)
        case {"d": text}:
            return datetime.fromisoformat(text).astimezone(UTC)
        case {"b": text}:
            return bytes.fromhex(text)
        case {"t": parts}:
            return tuple(_unpacked(part) for part in parts)
        case _:
            return value


def older_than(directory: Path, *, keep: int) -> Iterator[Path]:
    """Return the backups in a directory but for the newest ones, oldest first."""
    found = sorted(path.parent for path in directory.glob(f"*/{ABOUT}"))
    yield from found[: max(len(found) - keep, 0)]
