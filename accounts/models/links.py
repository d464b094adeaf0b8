"""Links that are good for once: to confirm an e-mail address, to set a new password."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Link(models.Model):
    """A link that somebody was given: a hash of its secret, and what it is for."""

    class Purpose(models.TextChoices):
        CONFIRM_EMAIL = "confirm_email", "confirm an e-mail address"
        RESET_PASSWORD = "reset_password", "set a new password"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=16, choices=Purpose)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 in hexadecimal.")
    email = models.EmailField(blank=True, help_text="The address to confirm, or that the link was sent to.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link {self.pk} to {self.get_purpose_display()}"
