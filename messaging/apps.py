"""The messaging app."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Messages, conversations, histories."""

    name = "messaging"
