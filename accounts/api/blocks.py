"""People whom one doesn't want to hear from."""

from dataclasses import asdict

from rest_framework import status
from rest_framework.response import Response

from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from accounts.services.blocks import block, list_blocks, unblock


class BlockViewSet(PersonalViewSet):
    """One's own blocks; names are matched without regard to case."""

    http_method_names = ("get", "head", "put", "delete")

    def list(self, request: UserRequest) -> Response:
        """Return all of them, the last one first."""
        return Response({"blocks": [asdict(blocked) for blocked in list_blocks(person=request.user)]})

    def update(self, request: UserRequest, username: str) -> Response:
        """Block somebody, from their next message on: 204, also where they are already; 404 where nobody has the name.

        That tells who exists, as registering does by its 409. The blocked learn nothing.
        """
        block(person=request.user, username=username)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def destroy(self, request: UserRequest, username: str) -> Response:
        """Unblock somebody: 204, also where they weren't blocked; 404 where nobody has the name."""
        unblock(person=request.user, username=username)
        return Response(status=status.HTTP_204_NO_CONTENT)
