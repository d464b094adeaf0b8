"""Health: of the process, and of the parts it stands on."""

from django.http import HttpRequest, HttpResponse
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from chatsystem.api.problems import problem
from chatsystem.errors import FieldError, NotReady
from chatsystem.health import check_parts


class HealthViewSet(ViewSet):
    """For load balancers and people; open to everyone."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("get", "head")

    def alive(self, request: HttpRequest) -> Response:
        """Say that this process answers, in the old service's words. Asks nobody else."""
        return Response(
            {"Status": "ALIVE", "HeartBeat": "HeartBeating & Functioning", "Message": "How Are you?!"},
        )

    def ready(self, request: HttpRequest) -> HttpResponse:
        """Say whether requests can be served: 200 `ready` or `degraded`, or 503 that names the part that is away."""
        report = check_parts()
        if report.status == "unready":
            away = {name: state for name, state in report.parts.items() if state != "ok"}
            message = "; ".join(f"{name}: {state}" for name, state in away.items())
            return problem(request, NotReady(message, errors=[FieldError(name, "away", away[name]) for name in away]))
        return Response({"status": report.status, "parts": report.parts})
