"""SQL, and what is kept in it: the audit log's protection, and whether anybody does the jobs."""

from collections.abc import Iterator

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from chatsystem.audit import triggers
from chatsystem.audit.chain import in_utc
from chatsystem.audit.verification import ahead_until
from chatsystem.doctor.findings import Finding, failed, ok, version_of, warning
from chatsystem.health import pending_migrations
from chatsystem.jobs.claiming import LOST_AFTER
from chatsystem.jobs.workers import last_seen

MINIMUM = {"sqlite": (3, 31), "postgresql": (14,)}  # what Django 5.2 works with


def examine() -> Iterator[Finding]:
    """Reachable, its version, its migrations, and for SQLite that it can be written while it is read."""
    try:
        yield _version()
        migrations = _migrations()
        yield migrations
        if connection.vendor == "sqlite":
            yield _journal()
        if migrations.level == "ok":  # without tables there is nothing to write to
            yield _writable()
            yield _audit_log()
            yield from _audit_times()
            yield from _jobs()
    except DatabaseError as error:
        yield failed(f"unreachable: {_reason(error)}", "Start it, or set DATABASE_URL.")
    finally:
        connection.close()  # it belongs to this thread


def _version() -> Finding:
    connection.ensure_connection()
    numbers = connection.get_database_version()
    version = ".".join(str(number) for number in numbers)
    return version_of(connection.display_name, version, MINIMUM[connection.vendor])


def _migrations() -> Finding:
    if pending := pending_migrations():
        return failed(f"{pending} migrations aren't applied", "Run manage.py migrate.")
    return ok("all migrations are applied")


def _journal() -> Finding:
    with connection.cursor() as cursor:
        ((mode,),) = cursor.execute("PRAGMA journal_mode").fetchall()
    if mode != "wal":
        return failed(
            f"the file is in {mode} mode, so readers and writers wait for each other",
            "Put the file that DATABASE_URL names on a local disk; network file systems have no WAL mode.",
        )
    return ok("WAL mode")


def _writable() -> Finding:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Changes nothing, but wants all that a change wants.
            cursor.execute("UPDATE django_migrations SET app = app WHERE id < 0")
    except DatabaseError as error:
        mend = "See whether it is read-only, a standby, locked or out of space, and who may write to it."
        return failed(f"can't be written: {_reason(error)}", mend)
    return ok("can be written")


def _audit_log() -> Finding:
    if missing := triggers.missing(connection):
        message = f"nothing keeps the audit log from being changed: triggers {', '.join(missing)} are missing"
        return failed(message, "Find out who took them away, and run manage.py audit_verify.")
    return ok("the audit log can't be changed")


def _audit_times() -> Iterator[Finding]:
    if ahead := ahead_until():
        message = f"the audit log's last entry is of {in_utc(ahead)}, which is still to come"
        yield warning(message, "Set the clocks of all machines; entries until then carry that time.")


def _jobs() -> Iterator[Finding]:
    """Tell of a lack of workers, also where no job waits: daily ones are started by workers alone."""
    seen = last_seen()
    if seen is None or seen < timezone.now() - LOST_AFTER:
        yield warning("no job worker was seen lately", "Run manage.py work as a service of its own.")


def _reason(error: DatabaseError) -> str:
    """Return the first line of what the database or its client says; neither repeats a password."""
    return str(error).partition("\n")[0] or type(error).__name__
