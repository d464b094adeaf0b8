"""How requests say who asks."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class AccessTokenScheme(OpenApiAuthenticationExtension):
    """The Authorization header, with the prefix that deployments have unless they set another."""

    target_class = "accounts.api.authentication.TokenAuthentication"
    name = "access_token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "`token` of a log-in or a refresh, good for 24 hours or until its session ends. An operator "
            "can have set another scheme than Bearer (AUTH_HEADER_PREFIX).",
        }


class BrowserSessionScheme(OpenApiAuthenticationExtension):
    """The cookie of whoever has logged in by a page."""

    target_class = "accounts.api.authentication.BrowserAuthentication"
    name = "browser_session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the scheme."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "For scripts of this service's own pages, of whoever has logged in by one. All but reading "
            "also needs `X-CSRFToken`, with the token that stands in each form of the pages; without it is a 403 "
            "`stale_form`. An access token goes before it.",
        }
