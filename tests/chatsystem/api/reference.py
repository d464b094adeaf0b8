"""Reading the committed reference, holding values against its schemas, and making it in another process."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
from django.urls import Resolver404, resolve
from jsonschema import Draft202012Validator, FormatChecker

from tests.server import ROOT

DOCUMENT = json.loads((ROOT / "chatsystem" / "api" / "openapi.json").read_text(encoding="utf-8"))
METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = "application/problem+json"

formats = FormatChecker(["uuid"])


def is_date_time(text: object) -> bool:
    if not isinstance(text, str):
        return True  # formats are of texts alone; the schema's type says whether it may be something else
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text) is not None


formats.checks("date-time")(is_date_time)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation of each endpoint."""
    for path, methods in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def followed(found: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference leads to, or the object itself."""
    if "$ref" not in found:
        return found
    target = DOCUMENT
    for step in found["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return followed(target)


def responses(operation: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the statuses of an operation and their responses."""
    for status, response in operation["responses"].items():
        yield int(status), followed(response)


def examples_of(holder: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the examples of a body or parameter, by name."""
    return {name: followed(example)["value"] for name, example in holder.get("examples", {}).items()}


def closed(schema: Any) -> Any:
    """Return the schema without room for members that it doesn't name; clients are told to bear them."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(part) for name, part in schema.items()}
    if shut.get("type") == "object" and "properties" in shut:
        shut.setdefault("additionalProperties", False)
    return shut


COMPONENTS = closed({"schemas": DOCUMENT["components"]["schemas"]})


@cache
def described(view_name: str, method: str) -> dict[int, dict[str, Any]]:
    """Return the responses of an endpoint by status; none where the address doesn't take the method."""
    for path, documented_method, operation in operations():
        address = re.sub(r"{\w+_id}", "00000000-0000-0000-0000-000000000000", path)
        if documented_method == method and resolve(f"/api/v1{address}").view_name == view_name:
            return dict(responses(operation))
    return {}


def check_answer(response: httpx.Response) -> None:
    """Fail where a real answer isn't one that the reference tells of; a hook of httpx."""
    request = response.request
    try:
        view_name = resolve(request.url.path).view_name
    except Resolver404:
        return
    expected = described(view_name, request.method.lower()).get(response.status_code)
    where = f"{request.method} {view_name} {response.status_code}"
    response.read()
    if expected is None:
        everywhere = {400: "invalid", 404: "not_found", 405: "method_not_allowed"}
        told = request.method == "HEAD" or response.json()["code"] == everywhere.get(response.status_code)
        assert told, f"{where}: {response.text}"
        return
    required = [name for name, holder in expected["headers"].items() if followed(holder).get("required")]
    assert [name for name in required if name not in response.headers] == [], where
    content = expected.get("content", {"": {}})[response.headers.get("Content-Type", "")]
    if response.headers.get("Content-Type", "").endswith("json"):
        assert faults_of(response.json(), content["schema"]) == [], f"{where}: {response.text}"


def faults_of(value: Any, schema: dict[str, Any]) -> list[str]:
    """Return what is wrong with a value by one of the document's schemas, closed."""
    validator = Draft202012Validator({**closed(schema), "components": COMPONENTS}, format_checker=formats)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project, with the environment of the tests and more."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
