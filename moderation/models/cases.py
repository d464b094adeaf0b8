"""Cases: what reports are about, and what became of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from chatsystem.limits import MAX_NOTE_LENGTH, MAX_USERNAME_LENGTH


class Case(models.Model):
    """A message or a person that somebody reported. Its number is its id; all reports of one thing are one case."""

    class About(models.TextChoices):
        MESSAGE = "message", "a message"
        PERSON = "person", "a person"

    class State(models.TextChoices):
        OPEN = "open", "open"
        ASSIGNED = "assigned", "assigned"
        RESOLVED = "resolved", "resolved"
        REJECTED = "rejected", "rejected"

    class Decision(models.TextChoices):
        NOTHING = "nothing", "do nothing"
        REDACT = "redact", "redact the message"
        SUSPEND = "suspend", "suspend the person"

    about = models.CharField(max_length=8, choices=About, editable=False)
    person_id = models.UUIDField(editable=False, help_text="Who is reported, or wrote what is.")
    person = models.CharField(max_length=MAX_USERNAME_LENGTH, editable=False, help_text="Their name at that time.")
    message_id = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="assigned_cases"
    )
    decision = models.CharField(max_length=8, choices=Decision, blank=True, help_text="Empty: none yet.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [
            ("decide_cases", "Can assign, annotate, decide and reopen cases"),
            ("look_up_messages", "Can look up what people wrote"),
            ("redact_messages", "Can redact what people wrote"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person_id"],
                condition=Q(about="person", state__in=["open", "assigned"]),
                name="one_open_case_of_person",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="cases_by_state"),
            models.Index(fields=["person_id", "-id"], name="cases_of_person"),
            models.Index(fields=["decided_at"], name="cases_by_decision"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    @property
    def is_decided(self) -> bool:
        """Whether nobody needs to do anything about it any more."""
        return self.state not in OPEN_STATES


OPEN_STATES = (Case.State.OPEN, Case.State.ASSIGNED)


class Note(models.Model):
    """What a moderator wrote down about a case, for other moderators."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    author_id = models.CharField(max_length=64, blank=True, editable=False, help_text="As the audit log names them.")
    author = models.CharField(max_length=128, editable=False)
    words = models.CharField(max_length=MAX_NOTE_LENGTH, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"note {self.pk} on case {self.case_id}"
