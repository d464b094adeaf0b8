"""What callers are told of limits, by draft-ietf-httpapi-ratelimit-headers-11.

`RateLimit-Policy: "send";q=120;w=60` is the rule, `RateLimit: "send";r=119;t=60` what is left of it and the seconds
until all of it is there again. Several policies stand with commas between.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from chatsystem.rate_limits.counters import Standing, standings


class RateLimitHeaders:
    """Middleware that tells with each answer what it was counted against."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        noted: dict[str, Standing] = {}
        token = standings.set(noted)
        try:
            response = self.get_response(request)
            found = [standing for standing in noted.values() if standing.policy.told]
            if found:
                response["RateLimit-Policy"] = ", ".join(
                    f'"{one.policy.name}";q={one.quota};w={one.window}' for one in found
                )
                response["RateLimit"] = ", ".join(
                    f'"{one.policy.name}";r={one.remaining};t={one.reset}' for one in found
                )
            return response
        finally:
            standings.reset(token)
