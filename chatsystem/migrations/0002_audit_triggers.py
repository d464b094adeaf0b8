"""Lets the database itself refuse changes of the audit log, and gives the log its head."""

from typing import Any

from django.db import migrations

from chatsystem.audit import triggers


def protect(apps: Any, schema_editor: Any) -> None:
    apps.get_model("chatsystem", "AuditHead").objects.create(pk=1)
    triggers.create(schema_editor.connection)


def release(apps: Any, schema_editor: Any) -> None:
    triggers.drop(schema_editor.connection)
    apps.get_model("chatsystem", "AuditHead").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("chatsystem", "0001_audit_and_jobs")]
    operations = [migrations.RunPython(protect, release)]
