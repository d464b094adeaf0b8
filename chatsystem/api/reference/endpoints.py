"""Saying what endpoints take, do and answer: `describe(viewset, action=endpoint(...))`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import SAFE_METHODS
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ViewSet

from chatsystem import errors
from chatsystem.api.reference.headers import LIMITED, header
from chatsystem.api.reference.problems import Faults, ProblemSerializer, Schema, problem_body, problem_responses
from chatsystem.errors import ChatError
from chatsystem.rate_limits.policies import Policy

JSON = "application/json"
DESCRIBED = "x-endpoint"  # where an operation carries its `Endpoint` until it is whole

Shape = type[BaseSerializer] | BaseSerializer | None


@dataclass(frozen=True, slots=True)
class Example:
    """A request, and what it is answered with: a body, or a refusal. The suite sends it to the real server.

    It has one name in the request's body, in its parameters and in the answer.
    """

    name: str
    summary: str
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    path: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    answer: Any = None

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Those in the query, in the path and in headers."""
        return {**self.query, **self.path, **self.headers}

    def status(self, success: int) -> int:
        """Return the answer's status."""
        return self.answer.status if isinstance(self.answer, ChatError) else success

    @property
    def shown(self) -> dict[str, Any]:
        """The answer as an example of OpenAPI."""
        value = problem_body(self.answer) if isinstance(self.answer, ChatError) else self.answer
        return {"summary": self.summary, "value": value}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What `endpoint` was told."""

    status: int
    takes_body: bool
    headers: Sequence[str]
    unchanged: str
    refusals: Sequence[type[ChatError]]
    faults: Faults
    policies: Sequence[Policy]
    examples: Sequence[Example]


def describe(view: type[ViewSet], **actions: Callable[[Any], Any]) -> None:
    """Describe a viewset's own actions. drf-spectacular's `extend_schema_view` knows those of DRF's names alone."""
    for name, decorate in actions.items():
        decorate(vars(view)[name])


def endpoint(
    *,
    name: str,
    tag: str,
    summary: str,
    text: str = "",
    request: Shape = None,
    parameters: Sequence[OpenApiParameter] = (),
    status: int = 200,
    answer: Shape | Schema = None,
    media_type: str = JSON,
    headers: Sequence[str] = (),
    unchanged: str = "",
    refusals: Sequence[type[ChatError]] = (),
    faults: Faults | None = None,
    policies: Sequence[Policy] = (),
    examples: Sequence[Example] = (),
) -> Callable[[Any], Any]:
    """Return the decorator that describes an action, for `describe`.

    `refusals` and `policies` are those that other endpoints of its kind don't have; `faults` names, for each field of
    body or query, the codes that `errors` may tell of it. `headers` are those of the success that not all endpoints
    have; `unchanged` says when a 304 is answered in its place, with the same headers, if ever.
    """
    takes_body = request is not None
    described = Endpoint(status, takes_body, headers, unchanged, refusals, faults or {}, policies, examples)
    decorate: Callable[[Any], Any] = extend_schema(
        operation_id=name,
        tags=[tag],
        summary=summary,
        description=text,
        parameters=list(parameters),
        request={JSON: request} if request else None,
        responses={(status, media_type): OpenApiResponse(answer, description=summary)},
        extensions={DESCRIBED: described},
    )
    return decorate


class EndpointSchema(AutoSchema):
    """Makes an operation of an action: what was said of it, and what all endpoints have in common.

    Settings name it as DRF's DEFAULT_SCHEMA_CLASS, which DRF looks up only where somebody asks for a schema.
    """

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular's own
        """Say nothing where nothing was said: docstrings are for whoever reads the code."""
        return ""

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Say no: the answers of actions named `list` are objects, and drf-spectacular takes them for arrays."""
        return False

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any] | None:
        """Return the operation. Raises `ImproperlyConfigured` where nobody has described it."""
        if DESCRIBED not in self.get_extensions():
            raise ImproperlyConfigured(f"{method} {path} is not described: see chatsystem/api/reference/__init__.py.")
        operation: dict[str, Any] = super().get_operation(path, path_regex, path_prefix, method, registry) or {}
        described: Endpoint = operation.pop(DESCRIBED)
        self.resolve_serializer(ProblemSerializer, "response")
        policies = self._policies(described)
        self._add_examples(operation, described)
        self._complete_success(operation, described, limited=bool(policies))
        operation["responses"] |= problem_responses(
            self._refusals(operation, described, limited=bool(policies)),
            faults={**described.faults, **({"": ("invalid", "null")} if described.takes_body else {})},
            examples=_refused_examples(described),
            registry=registry,
        )
        if policies:
            operation["x-rate-limits"] = [show_policy(policy) for policy in policies]
            lines = [f"- `{policy.name}`: {in_words(policy)}" for policy in policies]
            told = "\n".join(["Counted against, unless the operator has set other limits:", "", *lines])
            operation["description"] = "\n\n".join(filter(None, [operation.get("description"), told]))
        return operation

    def _policies(self, described: Endpoint) -> list[Policy]:
        kind = "read_policy" if self.method in SAFE_METHODS else "change_policy"
        own = getattr(self.view, kind, None)
        return [*([own] if own else []), *described.policies]

    def _refusals(self, operation: Schema, described: Endpoint, *, limited: bool) -> Iterator[type[ChatError]]:
        yield from described.refusals
        if described.takes_body:
            yield from (errors.InvalidPayload, errors.PayloadTooLarge)
        if any(parameter["in"] == "query" for parameter in operation.get("parameters", [])):
            yield errors.InvalidQuery
        if operation.get("security"):
            yield from (errors.NotAuthenticated, errors.InvalidToken, errors.DatabaseUnavailable)
            if self.method not in SAFE_METHODS:
                yield errors.StaleForm  # of a browser's session
        if limited:
            yield errors.RateLimited
        yield errors.Unexpected

    def _add_examples(self, operation: Schema, described: Endpoint) -> None:
        for example in described.examples:
            if example.body is not None:
                content = operation["requestBody"]["content"][JSON]
                shown = {"summary": example.summary, "value": example.body}
                content.setdefault("examples", {})[example.name] = shown
            for parameter in operation.get("parameters", []):
                if parameter["name"] in example.parameters:
                    value = {"summary": example.summary, "value": example.parameters[parameter["name"]]}
                    parameter.setdefault("examples", {})[example.name] = value

    def _complete_success(self, operation: Schema, described: Endpoint, *, limited: bool) -> None:
        response = operation["responses"][str(described.status)]
        names = ("X-Request-ID", *described.headers, *(LIMITED if limited else ()))
        response["headers"] = {name: header(name, self.registry) for name in names}
        if described.unchanged:
            unchanged = {"description": described.unchanged, "headers": response["headers"]}
            operation["responses"][str(HTTPStatus.NOT_MODIFIED.value)] = unchanged
        for example in described.examples:
            if example.answer is not None and not isinstance(example.answer, ChatError):
                for content in response["content"].values():
                    content.setdefault("examples", {})[example.name] = example.shown


def _refused_examples(described: Endpoint) -> dict[int, Schema]:
    refused: dict[int, Schema] = {}
    for example in described.examples:
        if isinstance(example.answer, ChatError):
            refused.setdefault(example.answer.status, {})[example.name] = example.shown
    return refused


def show_policy(policy: Policy) -> dict[str, Any]:
    """Return a policy for programs."""
    return {"policy": policy.name, "quota": policy.quota, "window": policy.window, "by": policy.by}


def in_words(policy: Policy) -> str:
    """Return a policy for people."""
    return f"{policy.quota} in {policy.window} seconds by {policy.by}"
