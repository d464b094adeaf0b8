"""Oneself."""

from typing import Any

from rest_framework import serializers

from accounts.api import serializers as shapes
from accounts.api.me import MeViewSet
from accounts.api.reference.examples import ALICE, PASSWORD
from chatsystem import errors
from chatsystem.api.fields import Text
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.api.reference.problems import NUL, TEXT
from chatsystem.limits import MAX_DISPLAY_NAME_LENGTH, MAX_EMAIL_LENGTH, MAX_PASSWORD_LENGTH
from chatsystem.rate_limits import policies

TAG = "Oneself"
TAGS = [{"name": TAG, "description": "What one is called and has chosen."}]
PROFILE = {
    **ALICE,
    "display_name": "",
    "email": "",
    "email_pending": False,
    "time_zone": "",
    "language": "",
    "created_at": "2026-11-24T09:30:00.123456Z",
}


class ProfileChangesSerializer(shapes.ProfileChanges):
    """What changing one's profile takes: all that isn't there stays, and what is empty is cleared."""

    display_name = Text(required=False, allow_blank=True, max_length=MAX_DISPLAY_NAME_LENGTH)
    time_zone = Text(required=False, allow_blank=True, help_text="A name of the time zone database.")
    language = Text(required=False, allow_blank=True, help_text="A tag of BCP 47, as `de-CH`.")
    email = Text(
        required=False,
        allow_blank=True,
        max_length=MAX_EMAIL_LENGTH,
        help_text="Wants `current_password` beside it, and counts once the link was opened that is sent to it.",
    )
    current_password = Text(required=False, max_length=MAX_PASSWORD_LENGTH, help_text="Wanted for `email` alone.")


class ProfileSerializer(serializers.Serializer[Any]):
    """A person as they see themselves; what they haven't chosen is empty."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    display_name = serializers.CharField()
    email = serializers.CharField(help_text="Confirmed.")
    email_pending = serializers.BooleanField(help_text="Whether a link is on its way that would confirm another one.")
    time_zone = serializers.CharField(help_text="As `Europe/Zurich`.")
    language = serializers.CharField(help_text="In lower case, as `de-ch`.")
    created_at = serializers.DateTimeField(help_text="RFC 3339 in UTC.")


OPTIONAL = ("null", "invalid", NUL)

describe(
    MeViewSet,
    retrieve=endpoint(
        name="readProfile",
        tag=TAG,
        summary="Read one's profile",
        answer=ProfileSerializer,
        examples=[Example("new", "Nothing chosen yet", answer=PROFILE)],
    ),
    partial_update=endpoint(
        name="changeProfile",
        tag=TAG,
        summary="Change one's profile",
        text="All that the body names, or nothing.",
        request=ProfileChangesSerializer,
        answer=ProfileSerializer,
        refusals=[errors.WrongPassword],
        faults={
            "display_name": (*OPTIONAL, "too_long", "unprintable", "too_many_marks"),
            "time_zone": (*OPTIONAL, "unknown_time_zone"),
            "language": (*OPTIONAL, "malformed_language"),
            "email": (*OPTIONAL, "too_long", "invalid_email"),
            "current_password": (*TEXT, "too_long"),
        },
        policies=[policies.CONFIRM, policies.LOGIN, policies.LOGIN_NAME, policies.LOGIN_ADDRESS],
        examples=[
            Example(
                "names",
                "A name and a language",
                body={"display_name": "Alice Ångström", "language": "de-CH"},
                answer={**PROFILE, "display_name": "Alice Ångström", "language": "de-ch"},
            ),
            Example(
                "email",
                "An e-mail address",
                body={"email": "alice@example.org", "current_password": PASSWORD},
                answer={**PROFILE, "display_name": "Alice Ångström", "language": "de-ch", "email_pending": True},
            ),
            Example(
                "wrong",
                "The same with a wrong password",
                body={"email": "alice@example.org", "current_password": "not the password"},
                answer=errors.WrongPassword(),
            ),
            Example(
                "nowhere",
                "No time zone",
                body={"time_zone": "Europe/Atlantis"},
                answer=errors.InvalidPayload.of(
                    "time_zone", "unknown_time_zone", "This is not the name of a time zone, as Europe/Zurich."
                ),
            ),
        ],
    ),
)
