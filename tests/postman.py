"""A player of Postman collections that understands the few forms of JavaScript that ours is written in.

Postman and newman run any script; this one stops at a line that it doesn't know (`NotUnderstood`), so that no check is
passed over in silence.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

VARIABLE = re.compile(r"\{\{(\w+)\}\}")
SET = re.compile(r'pm\.(?:environment|collectionVariables)\.set\("(\w+)", (.+)\);')
TEST = re.compile(r'pm\.test\("([^"]+)", \(\) => (.+)\);')
STATUS = re.compile(r"pm\.response\.to\.have\.status\((\d+)\)")
EXPECT = re.compile(r"pm\.expect\((.+?)\)\.to\.(eql|match|have\.lengthOf|have\.all\.keys|include\.keys)\((.+)\)")

TEXT = "pm.response.text()"
BODY = re.compile(r"pm\.response\.json\(\)((?:\.\w+|\[\d+\])*)")
STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
HEADER = re.compile(r'pm\.response\.headers\.get\("([\w-]+)"\)')
KEPT = re.compile(r'pm\.(?:environment|collectionVariables)\.get\("(\w+)"\)')
UNIQUE = re.compile(r'"(\w+)" \+ Date\.now\(\)\.toString\(36\)')
REPEATED = re.compile(r'"(\w)"\.repeat\((\d+)\)')
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class NotUnderstood(Exception):
    """A line of a script, or a feature of a request, that only Postman itself could play."""


class Undefined(Exception):
    """A value that isn't there, as JavaScript's undefined."""


@dataclass
class Played:
    """A request, its answer, and each check by its name with whether it held."""

    name: str
    request: httpx.Request
    response: httpx.Response
    checks: list[tuple[str, bool]] = field(default_factory=list)


def values_of(environment: dict[str, Any]) -> dict[str, str]:
    """Return the variables of an environment."""
    return {value["key"]: value["value"] for value in environment["values"] if value["enabled"]}


class Player:
    """Plays a collection's requests in their order. What scripts keep is kept from one to the next."""

    def __init__(self, collection: dict[str, Any], variables: dict[str, str], client: httpx.Client) -> None:
        self.collection = collection
        self.variables: dict[str, Any] = {item["key"]: item["value"] for item in collection.get("variable", [])}
        self.variables |= variables
        self.client = client

    def play(self) -> Iterator[Played]:
        """Yield each request once it is answered and checked."""
        yield from self._play_items(self.collection, [])

    def _play_items(self, parent: dict[str, Any], above: list[dict[str, Any]]) -> Iterator[Played]:
        for item in parent["item"]:
            if "item" in item:
                yield from self._play_items(item, [*above, parent])
            else:
                yield self._play_request(item, [*above, parent, item])

    def _play_request(self, item: dict[str, Any], chain: list[dict[str, Any]]) -> Played:
        for line in lines_of(chain, "prerequest"):
            self.keep(line, None)
        request = self.request_of(item["request"], chain)
        played = Played(item["name"], request, self.client.send(request))
        for line in lines_of(chain, "test"):
            if check := TEST.fullmatch(line):
                played.checks.append((check[1], self.holds(check[2], played.response)))
            else:
                self.keep(line, played.response)
        return played

    def request_of(self, described: dict[str, Any], chain: list[dict[str, Any]]) -> httpx.Request:
        """Return the request with its variables filled in."""
        if unknown := described.keys() - {"method", "url", "header", "body", "auth", "description"}:
            raise NotUnderstood(f"a request with {unknown}")
        headers = {self.filled(header["key"]): self.filled(header["value"]) for header in described.get("header", [])}
        auth = next(one["auth"] for one in (described, *reversed(chain)) if "auth" in one)
        if auth["type"] == "bearer":
            headers["Authorization"] = f"Bearer {self.filled(auth['bearer'][0]['value'])}"
        elif auth["type"] != "noauth":
            raise NotUnderstood(f"authorisation of the type {auth['type']}")
        body = described.get("body", {"mode": "raw", "raw": ""})
        if body["mode"] != "raw":
            raise NotUnderstood(f"a body of the mode {body['mode']}")
        url, content = self.filled(described["url"]), self.filled(body["raw"]).encode()
        return self.client.build_request(described["method"], url, headers=headers, content=content or None)

    def filled(self, text: str) -> str:
        """Return the text with each `{{variable}}` replaced. One that was never set is a fault of the collection."""
        for name in VARIABLE.findall(text):
            if not self.variables.get(name):
                raise NotUnderstood(f"the variable {name}, which nobody has set")
        return VARIABLE.sub(lambda match: self.variables[match[1]], text)

    def keep(self, line: str, response: httpx.Response | None) -> None:
        """Set a variable."""
        assignment = SET.fullmatch(line)
        if not assignment:
            raise NotUnderstood(line)
        self.variables[assignment[1]] = self.value(assignment[2], response)

    def holds(self, check: str, response: httpx.Response) -> bool:
        """Return whether a check is passed."""
        if status := STATUS.fullmatch(check):
            return response.status_code == int(status[1])
        expectation = EXPECT.fullmatch(check)
        if not expectation:
            raise NotUnderstood(check)
        found, verb, wanted = expectation.groups()
        try:
            return self.compare(self.value(found, response), verb, wanted, response)
        except Undefined:
            return False

    def compare(self, value: Any, verb: str, wanted: str, response: httpx.Response) -> bool:
        """Return whether `value` is as Chai's `verb` wants it."""
        match verb:
            case "eql":
                expected = self.value(wanted, response)
                return type(value) is type(expected) and bool(value == expected)
            case "match":
                if not (wanted.startswith("/") and wanted.endswith("/")):
                    raise NotUnderstood(wanted)
                return isinstance(value, str) and re.search(wanted[1:-1], value, re.ASCII) is not None
            case "have.lengthOf":
                return isinstance(value, list | str) and len(value) == json.loads(wanted)
            case "have.all.keys":
                return isinstance(value, dict) and value.keys() == set(json.loads(f"[{wanted}]"))
            case "include.keys":
                return isinstance(value, dict) and value.keys() >= set(json.loads(f"[{wanted}]"))
        raise NotUnderstood(verb)

    def value(self, expression: str, response: httpx.Response | None) -> Any:
        """Return what an expression stands for. Raises `Undefined`."""
        if kept := KEPT.fullmatch(expression):
            return self.variables[kept[1]]
        if unique := UNIQUE.fullmatch(expression):
            return unique[1] + base_36(int(time.time() * 1_000))
        if repeated := REPEATED.fullmatch(expression):
            return repeated[1] * int(repeated[2])
        if response is not None and (header := HEADER.fullmatch(expression)):
            return response.headers.get(header[1])
        if response is not None and expression == TEXT:
            return response.text
        if response is not None and (path := BODY.fullmatch(expression)):
            return member(response, path[1])
        try:
            return json.loads(expression)
        except ValueError:
            raise NotUnderstood(expression) from None


def lines_of(chain: list[dict[str, Any]], listen: str) -> Iterator[str]:
    """Yield the lines of the scripts of a request and of what it stands in, outermost first, as Postman does."""
    for one in chain:
        for event in one.get("event", []):
            if event["listen"] not in {"prerequest", "test"}:
                raise NotUnderstood(event["listen"])
            if event["listen"] == listen:
                yield from event["script"]["exec"]


def member(response: httpx.Response, path: str) -> Any:
    """Return what stands at `path` in the body."""
    try:
        value = response.json()
        for name, index in STEP.findall(path):
            value = value[int(index)] if index else value[name]
    except (ValueError, LookupError, TypeError):
        raise Undefined(path) from None
    return value


def base_36(number: int) -> str:
    """Return the number as JavaScript's `toString(36)` writes it."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
