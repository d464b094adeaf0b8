"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, passwords, tokens."""

    name = "accounts"

    def ready(self) -> None:
        """Listen to what Django tells of log-ins and of people who change."""
        from accounts import browsers, metrics
        from accounts.services import changes

        browsers.listen()
        changes.listen()
        metrics.listen()
