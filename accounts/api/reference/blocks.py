"""People whom one doesn't want to hear from."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from accounts.api.blocks import BlockViewSet
from chatsystem import errors
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.limits import MAX_BLOCKS

TAG = "Blocks"
TAGS = [{"name": TAG, "description": "People whom one doesn't want to hear from. They aren't told."}]
USERNAME = OpenApiParameter(
    "username", str, OpenApiParameter.PATH, description="Whatever its case; a slash in it may stand as it is."
)


class BlockSerializer(serializers.Serializer[Any]):
    """Somebody who is blocked."""

    username = serializers.CharField()
    blocked_at = serializers.DateTimeField(help_text="RFC 3339 in UTC.")


class BlocksSerializer(serializers.Serializer[Any]):
    """All whom one blocks."""

    blocks = BlockSerializer(many=True, help_text=f"The last one first, {MAX_BLOCKS} at most.")


describe(
    BlockViewSet,
    list=endpoint(
        name="listBlocks",
        tag=TAG,
        summary="List whom one blocks",
        answer=BlocksSerializer,
        examples=[
            Example("one", "One", answer={"blocks": [{"username": "bob", "blocked_at": "2026-11-24T10:00:00.123456Z"}]})
        ],
    ),
    update=endpoint(
        name="block",
        tag=TAG,
        summary="Block somebody",
        text="From their next message on; to them this account reads like a name that nobody has. Blocking again "
        "changes nothing.",
        status=204,
        parameters=[USERNAME],
        refusals=[errors.PersonNotFound, errors.CannotBlockYourself, errors.TooManyBlocks],
        examples=[
            Example("bob", "Somebody", path={"username": "bob"}),
            Example("nobody", "Nobody", path={"username": "nobody"}, answer=errors.PersonNotFound()),
            Example("self", "Oneself", path={"username": "alice"}, answer=errors.CannotBlockYourself()),
        ],
    ),
    destroy=endpoint(
        name="unblock",
        tag=TAG,
        summary="Unblock somebody",
        text="Also where they weren't blocked.",
        status=204,
        parameters=[USERNAME],
        refusals=[errors.PersonNotFound, errors.CannotBlockYourself],
        examples=[
            Example("bob", "Somebody", path={"username": "bob"}),
            Example("nobody", "Nobody", path={"username": "nobody"}, answer=errors.PersonNotFound()),
        ],
    ),
)
