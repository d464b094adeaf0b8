"""Headers of answers, each described once."""

from typing import Any

from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

TEXT = {"type": "string"}
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "description": "The request's id: the caller's own `X-Request-ID` where it is a good one, or a new one.",
        "required": True,
        "schema": TEXT,
        "example": "3f0c9a7e5d2b4c61",
    },
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 6750).",
        "required": True,
        "schema": TEXT,
        "example": 'Bearer realm="api", error="invalid_token"',
    },
    "Retry-After": {
        "description": "Seconds after which another try is worth it (RFC 9110).",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 42,
    },
    "RateLimit-Policy": {
        "description": "The policies that the request was counted against: `q` requests in `w` seconds each "
        "(draft-ietf-httpapi-ratelimit-headers-11). Not there where limits are switched off.",
        "schema": TEXT,
        "example": '"send";q=120;w=60',
    },
    "RateLimit": {
        "description": "What is left of each: `r` requests, and all of them again in `t` seconds.",
        "schema": TEXT,
        "example": '"send";r=119;t=60',
    },
}
LIMITED = ("RateLimit-Policy", "RateLimit")


def header(name: str, registry: ComponentRegistry) -> dict[str, Any]:
    """Return a reference to a header's description, which goes into the document with its first use."""
    component = ResolvedComponent(name=name, type=ResolvedComponent.HEADER, schema=HEADERS[name], object=name)
    registry.register_on_missing(component)
    return component.ref
