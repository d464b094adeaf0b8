"""The API's reference as it lies beside this module; `manage.py openapi` makes it anew."""

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.viewsets import ViewSet

PATH = Path(__file__).resolve().parent / "openapi.json"
# Swagger UI runs under it without a violation, and not with less: its icons are data: URLs in its style sheet.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


class DocumentationViewSet(ViewSet):
    """What this API offers, for programs and for people; open to everyone."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("get", "head")

    def document(self, request: HttpRequest) -> HttpResponse:
        """Return the OpenAPI document."""
        return HttpResponse(document(), content_type="application/json")

    def page(self, request: HttpRequest) -> HttpResponse:
        """Return a page that shows it, by Swagger UI."""
        response = render(request, "api_reference.html")
        response["Content-Security-Policy"] = POLICY
        return response


@cache
def document() -> bytes:
    """Return the file, which is read once a process."""
    return PATH.read_bytes()
