"""The moderation app."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate


class ModerationConfig(AppConfig):
    """Reports, look-up, redaction, roles: what operators do on top of accounts and messages."""

    name = "moderation"

    def ready(self) -> None:
        """Have `migrate` make the roles."""
        from moderation import roles

        post_migrate.connect(roles.make_groups, sender=self)


class OperatorsAdminConfig(admin.AdminConfig):
    """Django's admin, by our site."""

    default = False  # of this package, whose app is the one above
    default_site = "moderation.sites.Site"
