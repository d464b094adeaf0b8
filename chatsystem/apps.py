"""The project itself as an app: it has system checks and commands."""

from django.apps import AppConfig


class ChatsystemConfig(AppConfig):
    """What accounts and messaging share."""

    name = "chatsystem"

    def ready(self) -> None:
        """Register the system checks."""
        from chatsystem import checks  # noqa: F401  (importing registers them)
