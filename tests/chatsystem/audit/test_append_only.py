"""Nothing changes or removes what was written: neither code, nor a permission, nor the database itself."""

import subprocess

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from chatsystem.audit import triggers
from chatsystem.audit.models import AuditEntry, AuditHead
from chatsystem.audit.verification import verify
from tests.chatsystem.audit.making import write
from tests.server import manage

pytestmark = pytest.mark.sql

ENTRIES, HEAD = triggers.ENTRIES, triggers.HEAD
COLUMNS = ", ".join(field.column for field in AuditEntry._meta.fields)


BY_CODE = {
    "save": lambda entry: entry.save(),
    "save of one field": lambda entry: entry.save(update_fields=["reason"]),
    "save of a new one": lambda entry: AuditEntry().save(),
    "delete": lambda entry: entry.delete(),
    "create": lambda entry: AuditEntry.objects.create(number=9),
    "get_or_create": lambda entry: AuditEntry.objects.get_or_create(number=9),
    "update_or_create": lambda entry: AuditEntry.objects.update_or_create(number=entry.number),
    "bulk_create": lambda entry: AuditEntry.objects.bulk_create([entry]),
    "bulk_update": lambda entry: AuditEntry.objects.bulk_update([entry], ["reason"]),
    "update": lambda entry: AuditEntry.objects.update(reason="x"),
    "update of some": lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(reason="x"),
    "delete of all": lambda entry: AuditEntry.objects.all().delete(),
    "delete by the base manager": lambda entry: AuditEntry._base_manager.all().delete(),
    "update by the base manager": lambda entry: AuditEntry._base_manager.update(reason="x"),
}


@pytest.mark.parametrize("way", BY_CODE)
def test_code_is_refused(db, way):
    entry = write(reason="spam")
    with pytest.raises(TypeError, match="append-only"):
        BY_CODE[way](entry)
    assert list(AuditEntry.objects.filter(number__gte=entry.number).values_list("number", "reason")) == [
        (entry.number, "spam")
    ]


def test_there_are_only_permissions_to_read(db):
    found = Permission.objects.filter(content_type__app_label="chatsystem", content_type__model__startswith="audit")
    assert set(found.values_list("codename", flat=True)) == {"view_auditentry", "export_auditentry"}


BY_SQL = {
    "an entry is changed": f"UPDATE {ENTRIES} SET reason = 'x' WHERE number = 2",
    "all are changed": f"UPDATE {ENTRIES} SET reason = reason",
    "an entry is removed": f"DELETE FROM {ENTRIES} WHERE number = 2",
    "all are removed": f"DELETE FROM {ENTRIES}",
    "the head goes back": f"UPDATE {HEAD} SET number = 2",
    "the head stays and has another hash": f"UPDATE {HEAD} SET hash = 'x'",
    "the head is removed": f"DELETE FROM {HEAD}",
}
OF_SQLITE = {
    "an entry is replaced": f"REPLACE INTO {ENTRIES} SELECT {COLUMNS} FROM {ENTRIES} WHERE number = 2",
    "the head is replaced": f"REPLACE INTO {HEAD} SELECT * FROM {HEAD}",
}
OF_POSTGRESQL = {
    "entries are truncated": f"TRUNCATE {ENTRIES}",
    "the head is truncated": f"TRUNCATE {HEAD}",
    "an entry is merged": f"INSERT INTO {ENTRIES} SELECT * FROM {ENTRIES} WHERE number = 2"
    " ON CONFLICT (number) DO UPDATE SET reason = 'x'",
}


def execute(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_refuses_too(database):
    write(3, reason="spam")
    before = list(AuditEntry.objects.values()), list(AuditHead.objects.values())
    own = OF_SQLITE if connection.vendor == "sqlite" else OF_POSTGRESQL
    for what, statement in {**BY_SQL, **own}.items():
        with pytest.raises(DatabaseError, match="the audit log is append-only"):
            execute(statement)
        assert (list(AuditEntry.objects.values()), list(AuditHead.objects.values())) == before, what
    assert write().number == 4
    assert verify().is_whole


def test_the_whole_database_cannot_be_flushed(database):
    write()
    with pytest.raises(subprocess.CalledProcessError):
        manage({"DATABASE_URL": database}, "flush", "--noinput")
    assert AuditEntry.objects.count() == 1


def test_a_trigger_that_is_gone_is_told(database):
    assert triggers.missing(connection) == []
    with connection.cursor() as cursor:
        on_table = f" ON {ENTRIES}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER audit_entry_stays{on_table}")
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {HEAD} DISABLE TRIGGER audit_head_stays")
        else:
            cursor.execute("DROP TRIGGER audit_head_stays")
    assert triggers.missing(connection) == ["audit_entry_stays", "audit_head_stays"]


def test_the_migration_can_go_back_and_forth(database):
    write()
    call_command("migrate", "chatsystem", "zero", verbosity=0)
    call_command("migrate", "chatsystem", verbosity=0)
    assert triggers.missing(connection) == []
    assert write().number == 1
