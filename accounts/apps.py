"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, passwords, tokens."""

    name = "accounts"

    def ready(self) -> None:
        """Count log-ins by pages."""
        from accounts import metrics

        metrics.listen()
