"""One's own log-ins."""

from typing import Any
from uuid import UUID

from rest_framework import status
from rest_framework.response import Response

from accounts.api.views import PersonalViewSet
from accounts.http import UserRequest
from accounts.models import Session
from accounts.services.sessions import end_session, end_sessions, list_sessions


class SessionViewSet(PersonalViewSet):
    """Log-ins of browsers and programs, in one list."""

    change_policy = None  # whoever has stolen a token could use up the count, and nobody could throw them out
    http_method_names = ("get", "head", "delete")

    def list(self, request: UserRequest) -> Response:
        """Return the sessions that haven't ended, the one that was seen last first."""
        sessions = list_sessions(person=request.user)
        return Response({"sessions": [show_session(session, request.auth.session_id) for session in sessions]})

    def destroy(self, request: UserRequest, session_id: UUID) -> Response:
        """End one of them: 204, effective at its next request; 404 where it isn't there."""
        end_session(person=request.user, session_id=session_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def destroy_others(self, request: UserRequest) -> Response:
        """End all but the one that asks: 200 with `ended`, their number."""
        ended = end_sessions(person=request.user, reason=Session.End.ENDED, keep=request.auth.session_id)
        return Response({"ended": ended})


def show_session(session: Session, current: UUID) -> dict[str, Any]:
    """Return a session as its person sees it; times are RFC 3339 in UTC."""
    return {
        "id": session.pk,
        "kind": session.kind,
        "device": session.device,
        "address_prefix": session.address_prefix,
        "created_at": session.created_at,
        "last_seen_at": session.last_seen_at,
        "current": session.pk == current,
    }
