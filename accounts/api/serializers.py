"""Shapes of requests and answers about accounts."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from chatsystem.api.fields import Text


class Credentials(serializers.Serializer[Any]):
    """What logging in takes."""

    username = Text()
    password = Text()


class Registration(Credentials):
    """What registering takes."""

    email = Text(required=False, allow_null=True, allow_blank=True)


class PasswordChange(serializers.Serializer[Any]):
    """What changing the password takes."""

    current_password = Text()
    new_password = Text()


class ForgottenPassword(serializers.Serializer[Any]):
    """What asking for a link takes."""

    email = Text()


class PasswordReset(serializers.Serializer[Any]):
    """What setting a new password by a link takes."""

    token = Text()
    new_password = Text()


class Confirmation(serializers.Serializer[Any]):
    """What confirming an e-mail address takes."""

    token = Text()


class RefreshTokenSerializer(serializers.Serializer[Any]):
    """What refreshing takes."""

    refresh_token = Text()


class PersonSerializer(serializers.Serializer[User]):
    """A person as others see them."""

    id = serializers.UUIDField()
    username = serializers.CharField()


class ProfileChanges(serializers.Serializer[Any]):
    """What changing one's profile takes: all that isn't there stays."""

    display_name = Text(required=False, allow_blank=True)
    time_zone = Text(required=False, allow_blank=True)
    language = Text(required=False, allow_blank=True)
    email = Text(required=False, allow_blank=True)
    current_password = Text(required=False)
