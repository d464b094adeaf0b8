"""What operators switch while the service runs."""

from django.db import models

from chatsystem.limits import MAX_NOTICE_LENGTH


class Switches(models.Model):
    """One row, with the key 1."""

    class Level(models.TextChoices):
        INFO = "info", "for everybody to know"
        WARNING = "warning", "a warning"

    registration_open = models.BooleanField(default=True, help_text="Whether people can make accounts.")
    read_only = models.BooleanField(default=False, help_text="Whether messages and accounts stay as they are.")
    notice = models.CharField(max_length=MAX_NOTICE_LENGTH, blank=True, help_text="What all pages say; empty: nothing.")
    notice_level = models.CharField(max_length=8, choices=Level, default=Level.INFO)
    notice_from = models.DateTimeField(null=True, blank=True, help_text="Empty: at once.")
    notice_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until somebody takes it away.")
    quotas = models.JSONField(default=dict, blank=True, help_text="Of rate limits that aren't as configured, by name.")

    class Meta:
        verbose_name_plural = "switches"

    def __str__(self) -> str:
        return "switches"
