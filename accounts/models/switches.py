"""What operators switch while the service runs."""

from django.db import models


class Switches(models.Model):
    """One row, with the key 1."""

    registration_open = models.BooleanField(default=True, help_text="Whether people can make accounts.")

    class Meta:
        verbose_name_plural = "switches"

    def __str__(self) -> str:
        return "switches"
