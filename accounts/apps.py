"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, passwords, tokens."""

    name = "accounts"

    def ready(self) -> None:
        """Listen to what Django tells of log-ins and of people who change, and tell others what is switched."""
        from accounts import browsers, metrics
        from accounts.services import changes, switches

        browsers.listen()
        changes.listen()
        metrics.listen()
        switches.listen()
