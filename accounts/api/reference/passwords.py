"""Changing a password, and setting a new one that was forgotten."""

from typing import Any

from rest_framework import serializers

from accounts.api import serializers as shapes
from accounts.api.passwords import ON_ITS_WAY, ForgottenPasswordViewSet, PasswordRulesViewSet, PasswordViewSet
from accounts.api.reference.examples import LINK_TOKEN, NEW_PASSWORD, PASSWORD
from accounts.api.reference.logging_in import NEW_PASSWORD_FAULTS, short_password
from accounts.services.passwords import password_rules
from chatsystem import errors
from chatsystem.api.fields import Text
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.api.reference.problems import TEXT
from chatsystem.limits import MAX_EMAIL_LENGTH, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from chatsystem.rate_limits import policies

TAG = "Passwords"
TAGS = [{"name": TAG, "description": "Changing one, and setting a new one that was forgotten."}]


class NewPassword(Text):
    """A password to be."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=MIN_PASSWORD_LENGTH, max_length=MAX_PASSWORD_LENGTH, **options)


class PasswordChangeSerializer(shapes.PasswordChange):
    """What changing the password takes."""

    current_password = Text(max_length=MAX_PASSWORD_LENGTH)
    new_password = NewPassword()


class ForgottenPasswordSerializer(shapes.ForgottenPassword):
    """What asking for a link takes."""

    email = Text(max_length=MAX_EMAIL_LENGTH, help_text="A confirmed address, whatever its case.")


class PasswordResetSerializer(shapes.PasswordReset):
    """What setting a new password by a link takes."""

    token = Text(help_text="The end of the link's address.")
    new_password = NewPassword()


class PasswordRulesSerializer(serializers.Serializer[Any]):
    """What a new password must be."""

    rules = serializers.ListField(child=serializers.CharField(), help_text="A sentence each.")
    min_length = serializers.IntegerField(help_text="Characters.")
    max_length = serializers.IntegerField(help_text="Characters.")


class OnItsWaySerializer(serializers.Serializer[Any]):
    """The same for every address."""

    message = serializers.CharField(help_text="For people.")


def _change(current: str, new: str) -> dict[str, str]:
    return {"current_password": current, "new_password": new}


describe(
    PasswordRulesViewSet,
    list=endpoint(
        name="listPasswordRules",
        tag=TAG,
        summary="What a new password must be",
        answer=PasswordRulesSerializer,
        examples=[
            Example(
                "rules",
                "The rules",
                answer={
                    "rules": password_rules(),
                    "min_length": MIN_PASSWORD_LENGTH,
                    "max_length": MAX_PASSWORD_LENGTH,
                },
            )
        ],
    ),
)

describe(
    PasswordViewSet,
    create=endpoint(
        name="changePassword",
        tag=TAG,
        summary="Change one's password",
        text="Ends all other sessions. A wrong current password is counted as a log-in that failed.",
        request=PasswordChangeSerializer,
        status=204,
        refusals=[errors.WrongPassword],
        faults={"current_password": (*TEXT, "too_long"), "new_password": NEW_PASSWORD_FAULTS},
        policies=[policies.LOGIN, policies.LOGIN_NAME, policies.LOGIN_ADDRESS],
        examples=[
            Example("changed", "The old one and a new one", body=_change(PASSWORD, NEW_PASSWORD)),
            Example(
                "wrong",
                "A wrong current password",
                body=_change("not the password", NEW_PASSWORD),
                answer=errors.WrongPassword(),
            ),
        ],
    ),
)

describe(
    ForgottenPasswordViewSet,
    request_link=endpoint(
        name="requestPasswordReset",
        tag=TAG,
        summary="Ask for a link to set a new password",
        text="The answer is the same, and takes the same time, whether or not anybody has confirmed the address.",
        request=ForgottenPasswordSerializer,
        status=202,
        answer=OnItsWaySerializer,
        faults={"email": (*TEXT, "too_long", "invalid_email")},
        policies=[policies.RESET, policies.RESET_ADDRESS],
        examples=[
            Example("forgotten", "Any address", body={"email": "alice@example.org"}, answer={"message": ON_ITS_WAY}),
            Example(
                "no_address",
                "No address",
                body={"email": "alice"},
                answer=errors.InvalidPayload.of(
                    "email", "invalid_email", "Enter an e-mail address, as name@example.org."
                ),
            ),
        ],
    ),
    reset=endpoint(
        name="resetPassword",
        tag=TAG,
        summary="Set a new password by a link",
        text="Ends all sessions. The link is good once, within an hour; a refused password leaves it usable.",
        request=PasswordResetSerializer,
        status=204,
        refusals=[errors.LinkInvalid, errors.DatabaseUnavailable],
        faults={"token": TEXT, "new_password": NEW_PASSWORD_FAULTS},
        examples=[
            Example(
                "short",
                "A password that is too short",
                body={"token": LINK_TOKEN, "new_password": "short"},
                answer=short_password("new_password"),
            ),
            Example("reset", "A good link", body={"token": LINK_TOKEN, "new_password": PASSWORD}),
            Example(
                "used",
                "A link that was used",
                body={"token": LINK_TOKEN, "new_password": PASSWORD},
                answer=errors.LinkInvalid(),
            ),
        ],
    ),
)
