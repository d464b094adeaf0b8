"""Oneself."""

from dataclasses import asdict

from rest_framework.response import Response

from accounts.api.serializers import ProfileChanges
from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from accounts.services.profile import change_profile, get_profile
from chatsystem.addresses import client_address


class MeViewSet(PersonalViewSet):
    """What one is called and has chosen."""

    http_method_names = ("get", "head", "patch")

    def retrieve(self, request: UserRequest) -> Response:
        """Return one's profile; what hasn't been chosen is empty.

        `email` is confirmed; `email_pending` says whether a link to confirm another one is on its way.
        """
        return Response(asdict(get_profile(person=request.user)))

    def partial_update(self, request: UserRequest) -> Response:
        """Change what the body names, all of it or nothing: 200 with the profile. Empty clears.

        `email` wants `current_password` beside it, and counts once the link that is sent there was used.
        """
        changes = ProfileChanges(data=request.data)
        changes.is_valid(raise_exception=True)
        address = client_address(request)
        return Response(asdict(change_profile(person=request.user, **changes.validated_data, address=address)))
