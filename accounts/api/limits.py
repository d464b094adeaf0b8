"""One's own limits."""

from typing import Any

from rest_framework.response import Response

from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from accounts.services.limits import list_limits
from chatsystem.rate_limits.counters import Standing


class LimitViewSet(PersonalViewSet):
    """How often one may still do what."""

    http_method_names = ("get", "head")

    def list(self, request: UserRequest) -> Response:
        """Return what is left of each policy that is counted by account; none where limits are off."""
        return Response({"limits": [show_limit(standing) for standing in list_limits(person=request.user)]})


def show_limit(standing: Standing) -> dict[str, Any]:
    """Return what is left of a policy as its person sees it; `window` and `reset` are in seconds."""
    return {
        "policy": standing.policy.name,
        "quota": standing.quota,
        "window": standing.window,
        "remaining": standing.remaining,
        "reset": standing.reset,
    }
