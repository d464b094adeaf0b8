"""How requests say who asks."""

from typing import Any

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
