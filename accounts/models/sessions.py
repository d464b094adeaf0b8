"""Log-ins: of browsers and of programs, in one table."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from chatsystem.limits import MAX_DEVICE_LENGTH

IDLE = timedelta(days=30)  # after which a session that nobody used is over, and its refresh token worth nothing


class Sessions(models.QuerySet["Session"]):
    """Finds sessions."""

    def live(self) -> "Sessions":
        """Return those by which somebody is recognised: they haven't ended, and were used lately."""
        return self.filter(ended_at=None, last_seen_at__gt=timezone.now() - IDLE)


class Session(models.Model):
    """One log-in, until it ends. Access tokens and browsers' cookies name it, and are good for as long as it is."""

    class Kind(models.TextChoices):
        API = "api", "program"
        BROWSER = "browser", "browser"

    class End(models.TextChoices):
        LOGGED_OUT = "logged_out", "logged out"
        ENDED = "ended", "ended from another session"
        PASSWORD_CHANGED = "password_changed", "the password was changed"
        PASSWORD_RESET = "password_reset", "the password was reset"
        TOKEN_REUSED = "token_reused", "a refresh token was used twice"
        SUSPENDED = "suspended", "the account was suspended"
        OPERATOR = "operator", "an operator ended it"
        IDLE = "idle", "the admin was left alone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions")
    kind = models.CharField(max_length=8, choices=Kind)
    device = models.CharField(max_length=MAX_DEVICE_LENGTH, blank=True, help_text="What the client calls itself.")
    address_prefix = models.CharField(max_length=43, blank=True, help_text="Where it was seen last, as 203.0.113.0/24.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now, help_text="To a few minutes.")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=16, choices=End, blank=True)

    objects: ClassVar = Sessions.as_manager()

    class Meta:
        ordering: ClassVar = ["-last_seen_at"]
        indexes: ClassVar = [
            models.Index(fields=["person", "ended_at", "-last_seen_at"], name="sessions_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} session {self.id}"

    @property
    def is_live(self) -> bool:
        """Whether `Sessions.live` would find it."""
        return self.ended_at is None and self.last_seen_at > timezone.now() - IDLE


class RefreshToken(models.Model):
    """One of a session's refresh tokens: a hash of it. All tokens of a session are its family.

    A token is live until it is used; a session that hasn't ended has one live token at most.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_tokens")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 in hexadecimal.")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    repeated_at = models.DateTimeField(
        null=True, blank=True, help_text="When a client that lost the answer asked again."
    )

    def __str__(self) -> str:
        return f"refresh token {self.pk} of {self.session_id}"
