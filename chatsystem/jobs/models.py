"""Jobs, what of them failed, and who does them."""

from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from chatsystem.audit.types import Actor, Target


class Job(models.Model):
    """Something that is to be done, and how far it is."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=64)
    arguments = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    once = models.CharField(
        max_length=128, null=True, blank=True, unique=True, editable=False, help_text="No two jobs have the same."
    )
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by_kind = models.CharField(max_length=16)
    created_by_id = models.CharField(max_length=64, blank=True)
    created_by_name = models.CharField("created by", max_length=128)
    run_at = models.DateTimeField(default=timezone.now, help_text="Not before.")
    started_at = models.DateTimeField(null=True, blank=True, help_text="When it was last taken up.")
    ended_at = models.DateTimeField(null=True, blank=True)
    claim = models.BigIntegerField(default=0, help_text="How often it was taken up; who holds an older one lost it.")
    attempts = models.PositiveIntegerField(default=0, help_text="How often it was taken up since it last came on.")
    # The default is the database's too: the version before this field may still be starting jobs beside this one.
    crashes = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often it ended by a bug or with its worker since then."
    )
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True, help_text="Empty: not known.")
    cursor = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder, help_text="Where to go on.")
    failures = models.PositiveIntegerField(default=0, help_text="Items that could not be done.")
    worker = models.CharField(max_length=128, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=64, blank=True, help_text="The code of the last error.")

    class Meta:
        ordering: ClassVar = ["-id"]
        default_permissions = ("view",)
        permissions: ClassVar = [("cancel_job", "Can cancel jobs"), ("retry_job", "Can have jobs tried again")]
        indexes: ClassVar = [
            models.Index(fields=["state", "run_at"], name="jobs_to_claim"),
            models.Index(fields=["state", "kind"], name="jobs_by_kind"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk} ({self.kind})"

    @property
    def created_by(self) -> Actor:
        """Who started it, in whose name it acts."""
        return Actor(self.created_by_kind, self.created_by_id, self.created_by_name)

    @property
    def as_target(self) -> Target:
        """What the audit log calls it."""
        return Target("job", str(self.pk), self.kind)


class JobFailure(models.Model):
    """An item that a job could not do, and went on without."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="failed_items")
    item = models.CharField(max_length=256)
    error = models.CharField(max_length=64, help_text="The error's code.")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "item"], name="fails_once")]

    def __str__(self) -> str:
        return f"{self.item}: {self.error}"


class JobTotal(models.Model):
    """How often jobs of one kind ended in one way since the beginning, for /metrics."""

    kind = models.CharField(max_length=64)
    outcome = models.CharField(max_length=16)
    runs = models.BigIntegerField(default=0)
    microseconds = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "outcome"], name="total_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}: {self.runs}"


class JobWorker(models.Model):
    """A process that does jobs, or did: one row for each, until nobody has seen it for a day."""

    name = models.CharField(primary_key=True, max_length=128, help_text="Host, process and a number of chance.")
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)
    job: Any = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.name
