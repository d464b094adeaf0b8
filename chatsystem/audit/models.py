"""The audit log and its end."""

from datetime import UTC, datetime
from typing import Any, ClassVar, NoReturn

from django.db import models

from chatsystem.audit.chain import START
from chatsystem.limits import MAX_REASON_LENGTH

REFUSAL = "The audit log is append-only: entries are written by chatsystem.audit.recording.record, and stay."
THE_HEAD = 1
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)  # the time of an empty log


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise TypeError(REFUSAL)


class Entries(models.QuerySet["AuditEntry"]):
    """Finds entries, and can do nothing else."""

    create = get_or_create = update_or_create = bulk_create = bulk_update = update = delete = _refuse

    def _raw_delete(self, using: Any) -> NoReturn:
        _refuse()


class AuditEntry(models.Model):
    """Who did what to whom. Names stand here as text, so that an entry outlives everybody and everything."""

    number = models.BigIntegerField(primary_key=True, help_text="From 1, without a gap.")
    at = models.DateTimeField("time", help_text="Never before that of the entry before.")
    actor_kind = models.CharField(max_length=16, help_text="person, command or service.")
    actor_id = models.CharField(max_length=64, blank=True, help_text="Of a command: the system's number of its user.")
    actor_name = models.CharField("actor", max_length=128)
    action = models.CharField(max_length=64, help_text="As chatsystem.audit.actions lists them.")
    target_kind = models.CharField(max_length=32)
    target_id = models.CharField(max_length=128, blank=True)
    target_name = models.CharField("target", max_length=128, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    reason = models.CharField(max_length=MAX_REASON_LENGTH, blank=True)
    request_id = models.CharField("request", max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True, help_text="Where the request came from.")
    previous = models.CharField(max_length=64, help_text="The hash of the entry before.")
    hash = models.CharField(max_length=64, help_text="SHA-256 of all this, in hexadecimal.")

    objects: ClassVar = Entries.as_manager()

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        ordering: ClassVar = ["-number"]
        base_manager_name = "objects"
        default_permissions = ("view",)
        permissions: ClassVar = [("export_auditentry", "Can export the audit log")]
        # Each filter together with the number, by which lists are ordered and walked.
        indexes: ClassVar = [
            models.Index(fields=["at", "number"], name="audit_by_time"),
            models.Index(fields=["actor_id", "number"], name="audit_by_actor"),
            models.Index(fields=["action", "number"], name="audit_by_action"),
            models.Index(fields=["target_kind", "target_id", "number"], name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.actor_name} {self.action} {self.target_name or self.target_id}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        _refuse()

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        _refuse()

    def append(self) -> None:
        """Store it; only `record` and `restore_entries` call this, which hold the head."""
        super().save(force_insert=True)


class AuditHead(models.Model):
    """One row, with the key 1: where the log ends. Its lock puts writers in a row, and it tells what was cut off."""

    number = models.BigIntegerField(default=0, help_text="Of the last entry.")
    at = models.DateTimeField(default=BEFORE_ALL)
    hash = models.CharField(max_length=64, default=START)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"head at {self.number}"

    @classmethod
    def locked(cls) -> "AuditHead":
        """Return it; others wait until the transaction ends. SQLite's, all IMMEDIATE, wait for each other anyway."""
        return cls.objects.select_for_update().get(pk=THE_HEAD)

    def move_to(self, entry: AuditEntry) -> None:
        """Let `entry` be the last one."""
        self.number, self.at, self.hash = entry.number, entry.at, entry.hash
        self.save(update_fields=["number", "at", "hash"])
