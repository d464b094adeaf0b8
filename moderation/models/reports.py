"""Reports, and the evidence that came with each."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from chatsystem.limits import MAX_REPORT_LENGTH, MAX_USERNAME_LENGTH
from moderation.models.cases import Case


class Report(models.Model):
    """What one person says of a message or of another person. Its id is random: it tells nobody how many there are."""

    class Category(models.TextChoices):
        SPAM = "spam", "advertising, or the same again and again"
        HARASSMENT = "harassment", "harassment, hatred or threats"
        SEXUAL = "sexual", "unwanted sexual content"
        ILLEGAL = "illegal", "something that is against the law"
        IMPERSONATION = "impersonation", "somebody who pretends to be somebody else"
        SELF_HARM = "self_harm", "somebody who may hurt themselves"
        OTHER = "other", "something else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports")
    reporter_id = models.UUIDField(editable=False)
    reporter = models.CharField(max_length=MAX_USERNAME_LENGTH, editable=False, help_text="Their name at that time.")
    category = models.CharField(max_length=16, choices=Category, editable=False)
    words = models.CharField(max_length=MAX_REPORT_LENGTH, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    told_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its reporter was last sent word of a decision."
    )

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "reporter_id"], name="report_once")]
        indexes: ClassVar = [models.Index(fields=["reporter_id", "-created_at", "-id"], name="reports_of_person")]

    def __str__(self) -> str:
        return f"report {self.pk}"


class Evidence(models.Model):
    """A message as the reporter saw it when they reported. Whatever happens to the message later, this stays."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="evidence")
    place = models.SmallIntegerField(editable=False, help_text="0: what is reported; older ones before it.")
    message_id = models.UUIDField(editable=False)
    sender_id = models.UUIDField(editable=False)
    sender = models.CharField(max_length=MAX_USERNAME_LENGTH, editable=False)
    recipient_id = models.UUIDField(editable=False)
    recipient = models.CharField(max_length=MAX_USERNAME_LENGTH, editable=False)
    content = models.TextField(blank=True, editable=False)
    reply_to = models.UUIDField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    redacted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["place"]
        verbose_name_plural = "evidence"
        constraints: ClassVar = [models.UniqueConstraint(fields=["report", "place"], name="evidence_in_order")]

    def __str__(self) -> str:
        return f"evidence {self.place} of report {self.report_id}"
