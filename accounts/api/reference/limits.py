"""One's own limits."""

from typing import Any

from rest_framework import serializers

from accounts.api.limits import LimitViewSet
from chatsystem.api.reference.endpoints import Example, describe, endpoint
from chatsystem.rate_limits.policies import BY_ACCOUNT

TAG = "Limits"
TAGS = [{"name": TAG, "description": "How often one may still do what."}]


class LimitSerializer(serializers.Serializer[Any]):
    """What is left of a policy."""

    policy = serializers.CharField(help_text=f"One of {', '.join(policy.name for policy in BY_ACCOUNT)}, or a new one.")
    quota = serializers.IntegerField(help_text="Requests in a window.")
    window = serializers.IntegerField(help_text="Seconds.")
    remaining = serializers.IntegerField(min_value=0, help_text="Requests that are left.")
    reset = serializers.IntegerField(min_value=0, help_text="Seconds until all of them are there again.")


class LimitsSerializer(serializers.Serializer[Any]):
    """One's own limits."""

    limits = LimitSerializer(many=True, help_text="None where limits are switched off.")


describe(
    LimitViewSet,
    list=endpoint(
        name="listLimits",
        tag=TAG,
        summary="What is left of one's limits",
        text="Asking counts as a request that reads.",
        answer=LimitsSerializer,
        examples=[Example("off", "Limits are switched off", answer={"limits": []})],
    ),
)
