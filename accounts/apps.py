"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, passwords, tokens."""

    name = "accounts"
