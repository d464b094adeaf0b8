"""Registering, logging in, staying logged in, logging out."""

from typing import Any

from rest_framework import serializers

from accounts.api import serializers as shapes
from accounts.api.auth import AuthViewSet, LogoutViewSet
from accounts.api.reference.examples import (
    ACCESS_TOKEN,
    ALICE,
    NEXT_ACCESS_TOKEN,
    NEXT_REFRESH_TOKEN,
    PASSWORD,
    REFRESH_TOKEN,
)
from accounts.tokens import LIFETIME
from chatsystem import errors
from chatsystem.api.fields import Text
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.api.reference.problems import NUL, TEXT
from chatsystem.errors import FieldError, InvalidPayload
from chatsystem.limits import MAX_EMAIL_LENGTH, MAX_PASSWORD_LENGTH, MAX_USERNAME_LENGTH, MIN_PASSWORD_LENGTH
from chatsystem.rate_limits import policies

TAG = "Logging in"
TAGS = [{"name": TAG, "description": "Accounts and tokens."}]
SECONDS = int(LIFETIME.total_seconds())


class RegistrationSerializer(shapes.Registration):
    """What registering takes."""

    username = Text(
        max_length=MAX_USERNAME_LENGTH,
        help_text="Characters that show, of one script. Stored in NFKC; matched without regard to case.",
    )
    password = Text(
        min_length=MIN_PASSWORD_LENGTH,
        max_length=MAX_PASSWORD_LENGTH,
        help_text="Not one of the commonest; see `GET /auth/password/rules`.",
    )
    email = Text(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=MAX_EMAIL_LENGTH,
        help_text="Counts once the link was opened that is sent to it.",
    )


class CredentialsSerializer(shapes.Credentials):
    """What logging in takes."""

    username = Text(max_length=MAX_USERNAME_LENGTH, help_text="Whatever its case.")
    password = Text(max_length=MAX_PASSWORD_LENGTH)


class RefreshTokenSerializer(shapes.RefreshTokenSerializer):
    """What refreshing takes."""

    refresh_token = Text(help_text="As it was answered last.")


class PersonSerializer(shapes.PersonSerializer):
    """A person as others see them."""

    id = serializers.UUIDField(help_text="Never handed out twice.")
    username = serializers.CharField(help_text="As it was registered.")


class GrantSerializer(serializers.Serializer[Any]):
    """What a client holds after logging in."""

    token = serializers.CharField(help_text="The access token.")
    data = PersonSerializer(help_text="Who has logged in.")  # type: ignore[assignment]  # DRF makes a field of it
    refresh_token = serializers.CharField(help_text="Good for one refresh, within 30 days.")
    expires_in = serializers.IntegerField(help_text="Seconds that `token` is good for.")


def grant(token: str, refresh_token: str) -> dict[str, Any]:
    """Return what logging in answers."""
    return {"token": token, "data": ALICE, "refresh_token": refresh_token, "expires_in": SECONDS}


def short_password(field: str) -> InvalidPayload:
    """Return the refusal of a password that is too short."""
    message = f"This password is too short. It must contain at least {MIN_PASSWORD_LENGTH} characters."
    fault = FieldError(field, "password_too_short", message, MIN_PASSWORD_LENGTH)
    return InvalidPayload(message, errors=[fault])


NEW_NAME_FAULTS = ("outer_space", "too_long", "unprintable", "mixed_scripts", "too_many_marks", "reserved")
NEW_PASSWORD_FAULTS = (*TEXT, "password_too_short", "password_too_long", "password_too_common")

describe(
    AuthViewSet,
    register=endpoint(
        name="register",
        tag=TAG,
        summary="Make an account",
        request=RegistrationSerializer,
        status=201,
        answer=PersonSerializer,
        refusals=[errors.UsernameTaken, errors.RegistrationClosed, errors.ReadOnly, errors.DatabaseUnavailable],
        faults={
            "username": (*TEXT, *NEW_NAME_FAULTS),
            "password": NEW_PASSWORD_FAULTS,
            "email": ("invalid", NUL, "too_long", "invalid_email"),
        },
        policies=[policies.REGISTER, policies.CONFIRM],
        examples=[
            Example("alice", "A new name", body={"username": "alice", "password": PASSWORD}, answer=ALICE),
            Example(
                "taken",
                "A name that somebody has",
                body={"username": "alice", "password": PASSWORD},
                answer=errors.UsernameTaken(),
            ),
            Example(
                "short",
                "A password that is too short",
                body={"username": "carol", "password": "short"},
                answer=short_password("password"),
            ),
        ],
    ),
    login=endpoint(
        name="logIn",
        tag=TAG,
        summary="Log in",
        text="Begins a session. A log-in that succeeds is counted against nothing.",
        request=CredentialsSerializer,
        answer=GrantSerializer,
        refusals=[errors.InvalidLogin, errors.AccountSuspended, errors.DatabaseUnavailable],
        faults={"username": (*TEXT, "too_long"), "password": (*TEXT, "too_long")},
        policies=[policies.LOGIN, policies.LOGIN_NAME, policies.LOGIN_ADDRESS],
        examples=[
            Example(
                "alice",
                "Name and password",
                body={"username": "alice", "password": PASSWORD},
                answer=grant(ACCESS_TOKEN, REFRESH_TOKEN),
            ),
            Example(
                "wrong",
                "A wrong password, as an unknown name",
                body={"username": "alice", "password": "not the password"},
                answer=errors.InvalidLogin(),
            ),
            Example(
                "incomplete",
                "No password",
                body={"username": "alice"},
                answer=InvalidPayload(errors=[FieldError("password", "required", "This field is required.")]),
            ),
        ],
    ),
    refresh=endpoint(
        name="refresh",
        tag=TAG,
        summary="Trade a refresh token for new tokens",
        text="Each refresh token is good for once; a client that lost the answer can repeat the request once within "
        "30 seconds, and gets the same refresh token. One that is used again after that ends its session.",
        request=RefreshTokenSerializer,
        answer=GrantSerializer,
        refusals=[errors.InvalidRefreshToken, errors.DatabaseUnavailable],
        faults={"refresh_token": TEXT},
        policies=[policies.CHANGE],
        examples=[
            Example(
                "next",
                "The newest refresh token",
                body={"refresh_token": REFRESH_TOKEN},
                answer=grant(NEXT_ACCESS_TOKEN, NEXT_REFRESH_TOKEN),
            ),
            Example(
                "unknown",
                "Any other",
                body={"refresh_token": "unknown"},
                answer=errors.InvalidRefreshToken(),
            ),
        ],
    ),
)

describe(
    LogoutViewSet,
    create=endpoint(
        name="logOut",
        tag=TAG,
        summary="Log out",
        text="Ends the session that asks: its tokens are worth nothing from the next request on.",
        status=204,
    ),
)
