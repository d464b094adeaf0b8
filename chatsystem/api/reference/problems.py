"""How refusals and outages are told: one shape, and for each endpoint and status which codes there are."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import orjson
from django.http import HttpRequest
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from rest_framework import serializers

from chatsystem import errors
from chatsystem.api.problems import MEDIA_TYPE, problem
from chatsystem.api.reference.headers import header
from chatsystem.errors import ChatError
from chatsystem.rate_limits import policies
from chatsystem.requests import request_id

Schema = dict[str, Any]
Faults = Mapping[str, Sequence[str]]

REQUEST_ID = "3f0c9a7e5d2b4c61"
# What may be wrong with a text that must be there, before a rule looks at it.
NUL = "null_characters_not_allowed"
TEXT = ("required", "null", "blank", "invalid", NUL)
# Errors whose message depends on the case, as an example shows them.
TELLING: dict[type[ChatError], ChatError] = {
    errors.AccountSuspended: errors.AccountSuspended.until(datetime(2026, 12, 24, 18, tzinfo=UTC), "Advertising."),
    errors.InvalidPayload: errors.InvalidPayload("The request's body must be one JSON object in UTF-8."),
    errors.RateLimited: errors.RateLimited.of(policies.SEND.what, 42),
}
NAMING_FIELDS = {errors.InvalidPayload, errors.InvalidQuery}
# What every answer of a status carries beside X-Request-ID.
HEADERS = {401: ("WWW-Authenticate",), 410: ("Link",), 429: ("Retry-After",), 503: ("Retry-After",)}


class FaultSerializer(serializers.Serializer[Any]):
    """What is wrong with one field of the request."""

    field = serializers.CharField(help_text="The field's name, or that of a part of the service; empty: the whole.")
    code = serializers.CharField(help_text="For programs.")
    message = serializers.CharField(help_text="For people.")
    limit = serializers.IntegerField(required=False, help_text="The limit that was crossed, where there is one.")


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457). Match `code`, show `detail`."""

    type = serializers.CharField(help_text="Always `about:blank`: the title is the status' own phrase.")
    title = serializers.CharField(help_text="The status' phrase.")
    status = serializers.IntegerField(help_text="The answer's status.")
    detail = serializers.CharField(help_text="What is wrong, for people.")
    code = serializers.CharField(help_text="What is wrong, for programs.")
    request_id = serializers.CharField(help_text="As `X-Request-ID`; the operator's log has it too.")
    errors = FaultSerializer(  # type: ignore[assignment]  # DRF makes a field of it
        many=True, help_text="What is wrong with which field; empty where it is no field."
    )
    error = serializers.CharField(help_text="The text that clients of the old service match.")


def problem_body(error: ChatError) -> dict[str, Any]:
    """Return the body that the service answers an error with."""
    token = request_id.set(REQUEST_ID)
    try:
        body: dict[str, Any] = orjson.loads(problem(HttpRequest(), error).content)
    finally:
        request_id.reset(token)
    return body


def problem_responses(
    refusals: Iterable[type[ChatError]], *, faults: Faults, examples: Mapping[int, Schema], registry: ComponentRegistry
) -> dict[str, Schema]:
    """Return the responses of an endpoint that may give these refusals, by status.

    `faults` has the codes of each field, and `examples` those of a status that are the endpoint's own. Responses that
    know neither are shared by all endpoints that give the same codes.
    """
    # What names fields comes last of its status: they are listed below it.
    ordered = sorted(dict.fromkeys(refusals), key=lambda refusal: (refusal.status, refusal in NAMING_FIELDS))
    responses = {}
    for status, found in groupby(ordered, key=lambda refusal: refusal.status):
        kinds = list(found)
        named = faults if NAMING_FIELDS.intersection(kinds) else {}
        response = _response(kinds, named, examples.get(status, {}), registry)
        if not named and status not in examples:
            response = _shared(registry, "responses", "-".join(kind.code for kind in kinds), response)
        responses[str(status)] = response
    return responses


def _response(
    kinds: Sequence[type[ChatError]], faults: Faults, examples: Schema, registry: ComponentRegistry
) -> Schema:
    status = kinds[0].status
    shown = {example["value"]["code"] for example in examples.values()}
    generic = {kind.code: _example(kind, registry) for kind in kinds if kind.code not in shown}
    lines = [f"- `{kind.code}`: {_meaning(kind)}" for kind in kinds]
    lines += [
        f"    - `{field}`: {', '.join(f'`{code}`' for code in codes)}" for field, codes in faults.items() if field
    ]
    return {
        "description": "\n".join(lines),
        "headers": {name: header(name, registry) for name in ("X-Request-ID", *HEADERS.get(status, ()))},
        "content": {MEDIA_TYPE: {"schema": _schema(kinds, faults), "examples": {**examples, **generic}}},
    }


def _schema(kinds: Sequence[type[ChatError]], faults: Faults) -> Schema:
    codes = [kind.code for kind in kinds]
    narrowed: Schema = {"status": {"const": kinds[0].status}, "code": {"enum": codes}}
    if faults:
        one_of = [{"properties": {"field": {"const": field}, "code": {"enum": [*faults[field]]}}} for field in faults]
        # The errors of one field that isn't the body's carry the code of the whole.
        own = [kind for kind in kinds if kind.field]
        one_of += [{"properties": {"field": {"const": kind.field}, "code": {"const": kind.code}}} for kind in own]
        narrowed["errors"] = {"items": {"anyOf": one_of}}
    return {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": narrowed}]}


def _example(kind: type[ChatError], registry: ComponentRegistry) -> Schema:
    body = problem_body(TELLING.get(kind) or kind())
    return _shared(registry, "examples", kind.code, {"summary": body["detail"], "value": body})


def _shared(registry: ComponentRegistry, type_: str, name: str, value: Schema) -> Schema:
    component = ResolvedComponent(name=name, type=type_, schema=value, object=name)
    registry.register_on_missing(component)
    return component.ref


def _meaning(kind: type[ChatError]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())
