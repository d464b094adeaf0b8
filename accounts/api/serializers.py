"""Shapes of requests and answers about accounts."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from chatsystem.api.fields import Text


class Credentials(serializers.Serializer[Any]):
    """What registering and logging in take."""

    username = Text()
    password = Text()


class RefreshTokenSerializer(serializers.Serializer[Any]):
    """What refreshing takes."""

    refresh_token = Text()


class PersonSerializer(serializers.Serializer[User]):
    """A person as others see them."""

    id = serializers.UUIDField()
    username = serializers.CharField()
