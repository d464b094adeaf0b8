"""The whole document, as `chatsystem/api/openapi.json` has it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.settings import patched_settings

from accounts.api import reference as accounts
from chatsystem import errors
from chatsystem.api.reference import service
from chatsystem.api.reference.problems import problem_body
from messaging.api import reference as messaging
from moderation.api import reference as moderation

PATH = Path(__file__).resolve().parent.parent / "openapi.json"
PREFIX = "/api/v1"
CHANGE = "4"  # the newest of the numbered changes in docs/api.md
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TAGS = [*accounts.TAGS, *messaging.TAGS, *moderation.TAGS, *service.TAGS]
# What an address answers where it has no operation, or to a request that isn't for this host.
ANYWHERE: Sequence[type[errors.ChatError]] = (errors.ChatError, errors.NotFound, errors.MethodNotAllowed)

DESCRIPTION = """
People send each other messages and browse their history; programs do the same by this API.

**Addresses** work with and without a slash at the end. **Bodies** are JSON in UTF-8, whatever `Content-Type` says;
members that aren't known are ignored. Answers may get more members with time: ignore those that you don't know.

**Logging in**: `POST /auth/login` gives an access token; send it as `Authorization: Bearer <token>`. Trade the refresh
token at `POST /auth/refresh` for new ones.

**Errors** are problem details (RFC 9457): match `code`, show `detail`. Beside what is listed with each endpoint, any
address may answer {anywhere}.

**Limits**: `RateLimit-Policy` and `RateLimit` tell what a request was counted against and what is left; after a 429,
and after a 503, `Retry-After` says when another try is worth it.
"""
SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Chat",
    "VERSION": CHANGE,
    "SERVERS": [{"url": PREFIX, "description": "This service."}],
    "TAGS": TAGS,
    "SCHEMA_PATH_PREFIX": PREFIX,
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [],
}


class Endpoints(EndpointEnumerator):
    """The endpoints of the API, each at the address that is documented: the last of those that `routes` made."""

    def get_api_endpoints(self, patterns: Any = None, prefix: str = "") -> list[Any]:
        """Return (path, regular expression, method, view) of each, in the order of the URLs."""
        found = self._get_api_endpoints(patterns, prefix)  # type: ignore[no-untyped-call]  # drf-spectacular's
        self.addresses: dict[Any, list[str]] = {}
        for path, _, _, view in found:
            if path.startswith(f"{PREFIX}/") and path not in self.addresses.setdefault(view, []):
                self.addresses[view].append(path)
        documented = [one for one in found if one[0] == self.addresses.get(one[3], [""])[-1]]
        order = list(self.addresses)
        return sorted(documented, key=lambda one: (order.index(one[3]), METHODS.index(one[2])))


class Generator(SchemaGenerator):
    """Makes the document, and tells of the old service's short names."""

    endpoint_inspector_cls = Endpoints
    inspector: Endpoints

    def parse(self, input_request: Any, public: bool) -> dict[str, Any]:
        """Return the paths."""
        paths: dict[str, Any] = super().parse(input_request, public)  # type: ignore[no-untyped-call]  # as above
        for addresses in self.inspector.addresses.values():
            path = addresses[-1].removeprefix(PREFIX)
            short = [other.removeprefix(PREFIX) for other in addresses if other.rstrip("/") != addresses[-1]]
            for operation in paths[path].values() if short else ():
                told = f"The old service's short name `{short[0]}` answers alike."
                operation["description"] = "\n\n".join(filter(None, [operation.get("description"), told]))
        return paths


def make_document() -> dict[str, Any]:
    """Return the document that the code makes. Raises `ImproperlyConfigured` for whatever drf-spectacular warns of."""
    description = DESCRIPTION.strip().format(anywhere=", ".join(_in_words(kind) for kind in ANYWHERE))
    examples = {kind.code: {"value": problem_body(kind())} for kind in ANYWHERE}
    patches = {**SETTINGS, "DESCRIPTION": description, "APPEND_COMPONENTS": {"examples": examples}}
    with patched_settings(patches):
        generator: Any = Generator()  # type: ignore[no-untyped-call]  # as above
        document: dict[str, Any] = generator.get_schema(request=None, public=True)
    if GENERATOR_STATS:
        raise ImproperlyConfigured("The reference is not whole: see the warnings above.")
    return document


def as_text(document: dict[str, Any]) -> str:
    """Return what stands in the file."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _in_words(kind: type[errors.ChatError]) -> str:
    return f"{kind.status} `{kind.code}`"
