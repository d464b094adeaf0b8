"""The messaging app."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Messages, conversations, histories."""

    name = "messaging"

    def ready(self) -> None:
        """Count requests to Cassandra."""
        from messaging import metrics
        from messaging.store import session

        session.observers.append(metrics.observe_cql)
