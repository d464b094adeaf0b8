"""The accounts app."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


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


class OperatorsAdminConfig(admin.AdminConfig):
    """Django's admin, with our way to change one's password."""

    default = False  # of this package, whose app is the one above
    default_site = "accounts.sites.OperatorsSite"
