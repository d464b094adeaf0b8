"""What endpoints for people who have logged in share."""

from typing import Any, ClassVar

from rest_framework.viewsets import ViewSet

from chatsystem.rate_limits import policies
from chatsystem.rate_limits.policies import Policy


class PersonalViewSet(ViewSet):
    """Endpoints for people who have logged in, each of whom is limited by these policies."""

    read_policy: ClassVar[Policy | None] = policies.READ  # of methods that change nothing
    change_policy: ClassVar[Policy | None] = policies.CHANGE

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        """Have answers kept nowhere, unless one says otherwise: a browser would find them again after a log-out."""
        response = super().finalize_response(*args, **kwargs)
        response.setdefault("Cache-Control", "no-store")
        return response
