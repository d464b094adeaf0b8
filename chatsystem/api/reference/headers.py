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
    "Link": {
        "description": "Where to go on (RFC 8288): `older` and `newer` of a page where there is such a place; `start` "
        "where a token is too old.",
        "schema": TEXT,
        "example": '</api/v1/messages?before=nrSyh-fpEfGdDGsfbw4tEQ&limit=50>; rel="older"',
    },
    "ETag": {
        "description": "What the client then has, for `If-None-Match` (RFC 9110).",
        "required": True,
        "schema": TEXT,
        "example": '"0d6a3f5c81b94e27a0c3d1f2"',
    },
    "Idempotent-Replayed": {
        "description": "There where the `Idempotency-Key` had sent the message before.",
        "schema": {"const": "true"},
        "example": "true",
    },
}
LIMITED = ("RateLimit-Policy", "RateLimit")


def header(name: str, registry: ComponentRegistry) -> dict[str, Any]:
    """Return a reference to a header's description, which goes into the document with its first use."""
    component = ResolvedComponent(name=name, type=ResolvedComponent.HEADER, schema=HEADERS[name], object=name)
    registry.register_on_missing(component)
    return component.ref
