"""The API's reference: the file is what the code makes, whole, and right in itself."""

import inspect
import json
import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.urls import URLPattern, get_resolver
from jsonschema import Draft202012Validator
from rest_framework.serializers import Serializer

import messaging.api.conversations
import messaging.api.serializers
from accounts.api import serializers
from chatsystem import errors
from chatsystem.api import documentation
from chatsystem.api.health import HealthViewSet
from chatsystem.api.reference import document
from chatsystem.errors import ChatError
from chatsystem.rate_limits import policies
from tests.chatsystem.api.reference import (
    COMPONENTS,
    DOCUMENT,
    PROBLEM,
    examples_of,
    faults_of,
    followed,
    operations,
    python,
    responses,
)
from tests.server import ROOT

API = "api/v1/"
GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
# Errors that no endpoint of the API answers with.
NOT_OF_THE_API = {
    errors.Forbidden,  # only its kinds
    errors.Unavailable,  # as above
    errors.LimitsUnavailable,  # operators clear limits
    errors.ChangedMeanwhile,  # only pages say what their reader saw
    errors.CaseNotFound,  # operators decide cases
    errors.CaseDecided,  # as above
    errors.CaseUndecided,  # as above
    errors.AnotherCaseOpen,  # as above
    errors.JobNotFound,  # and have jobs done
    errors.JobOver,  # as above
    errors.NothingToRetry,  # as above
}


# The file


def test_the_file_is_what_the_code_makes():
    call_command("openapi", "--check")


def test_the_check_fails_where_it_is_not_and_leaves_the_file_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(document, "PATH", tmp_path / "openapi.json")
    with pytest.raises(CommandError, match=r"openapi.json isn't what the code makes: run manage.py openapi."):
        call_command("openapi", "--check")
    assert not document.PATH.exists()
    call_command("openapi")
    made = document.PATH.read_text(encoding="utf-8")
    assert made == documentation.document().decode()
    document.PATH.write_text(made.replace("Send a message", "Send it"), encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("openapi", "--check")


def test_the_same_is_made_whatever_the_order_of_sets():
    for seed in ("1", "2"):
        done = python("manage.py", "openapi", "--check", PYTHONHASHSEED=seed)
        assert (done.returncode, done.stderr) == (0, "")


def test_an_endpoint_that_nobody_has_described_is_an_error(monkeypatch):
    monkeypatch.delitem(HealthViewSet.ready.kwargs, "schema")
    with pytest.raises(ImproperlyConfigured, match=r"GET /api/v1/health/ready is not described"):
        document.make_document()


def test_it_is_openapi_3_1_with_schemas_that_are_schemas():
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["servers"][0]["url"] == "/api/v1"
    for schema in COMPONENTS["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere_and_every_component_is_used():
    text = json.dumps(DOCUMENT)
    used = set(re.findall(r'"\$ref": "#/components/(\w+)/([^"]+)"', text))
    there = {(kind, name) for kind, named in DOCUMENT["components"].items() for name in named}
    assert used - there == set()
    schemes = {("securitySchemes", name) for name in ("access_token", "browser_session")}
    unused = {*schemes, *(("examples", kind.code) for kind in document.ANYWHERE)}
    assert there - used - unused == set()


# What is in it


def patterns(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address, pattern.callback
        else:
            yield from patterns(pattern, address)


def test_every_address_of_the_api_is_in_it_once_with_all_its_methods():
    canonical = {view: address for address, view in patterns() if address.startswith(API)}
    wanted = {
        ("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address.removeprefix(API)), method)
        for view, address in canonical.items()
        for method in set(view.actions) & set(view.cls.http_method_names) - {"head", "options"}
    }
    assert {(path, method) for path, method, _ in operations()} == wanted
    assert len(wanted) > 20


def test_every_operation_has_a_name_of_its_own_a_summary_and_a_described_tag():
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    assert {tag for _, _, operation in operations() for tag in operation["tags"]} == tags
    assert all(operation["summary"] for _, _, operation in operations())


def test_the_short_names_of_the_old_service_are_told_and_not_documented_apart():
    told = {
        path: re.findall(r"short name `(.+)`", operation.get("description", "")) for path, _, operation in operations()
    }
    assert {path: names for path, names in told.items() if names} == {
        "/auth/register": ["/register"],
        "/auth/login": ["/login"],
        "/messages/send": ["/send"],
    }
    assert {"/register", "/login", "/send", "/messages/"}.isdisjoint(told)


def test_whoever_must_log_in_is_told_so():
    open_to_all = {operation["operationId"] for _, _, operation in operations() if "security" not in operation}
    assert open_to_all == {
        *("isAlive", "isReady", "getReference", "readReference"),
        *("register", "logIn", "refresh"),
        *("listPasswordRules", "requestPasswordReset", "resetPassword", "confirmEmail"),
    }
    for _, method, operation in operations():
        if "security" in operation:
            assert operation["security"] == [{"access_token": []}, {"browser_session": []}]
            assert codes(operation, 401) == ["not_authenticated", "invalid_token"]
            assert "database_unavailable" in codes(operation, 503)
            refused = codes(operation, 403) if "403" in operation["responses"] else []
            assert ("stale_form" in refused) is (method != "get")
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert schemes["access_token"]["scheme"] == "bearer"
    assert {name: schemes["browser_session"][name] for name in ("type", "in", "name")} == {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
    }


def codes(operation, status):
    """The codes that a status may have."""
    response = followed(operation["responses"][str(status)])
    return response["content"][PROBLEM]["schema"]["allOf"][1]["properties"]["code"]["enum"]


def kinds_of(error):
    for kind in error.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def test_every_error_that_the_api_can_give_appears_with_its_status():
    given = {
        (status, code)
        for _, _, operation in operations()
        for status, response in responses(operation)
        if PROBLEM in response.get("content", {})
        for code in codes(operation, status)
    }
    given |= {(kind.status, kind.code) for kind in document.ANYWHERE}
    all_kinds = [kind for kind in (ChatError, *kinds_of(ChatError)) if kind.__module__ == errors.__name__]
    assert {(kind.status, kind.code) for kind in all_kinds if kind not in NOT_OF_THE_API} == given
    for kind in document.ANYWHERE:
        assert f"{kind.status} `{kind.code}`" in DOCUMENT["info"]["description"]


def test_answers_carry_the_headers_of_their_status():
    for _, _, operation in operations():
        for status, response in responses(operation):
            headers = response["headers"]
            assert "X-Request-ID" in headers
            assert ("Retry-After" in headers) is (status in {429, 503})
            assert ("WWW-Authenticate" in headers) is (status == 401)
            if status < 300:
                assert ({"RateLimit", "RateLimit-Policy"} <= set(headers)) is ("x-rate-limits" in operation)


def test_headers_that_are_not_everywhere_are_told_where_they_are():
    own = {}
    for _, _, operation in operations():
        for status, response in responses(operation):
            everywhere = {"X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate"}
            if found := sorted(set(response["headers"]) - everywhere):
                own[operation["operationId"], status] = found
    assert own == {
        ("sendMessage", 201): ["Idempotent-Replayed"],
        **{(name, 200): ["Link"] for name in ("listMessages", "listConversationMessages", "searchMessages")},
        **{("catchUp", status): ["ETag"] for status in (200, 304)},
        ("catchUp", 410): ["Link"],
    }


def test_an_answer_that_nothing_changed_has_no_body():
    unchanged = [
        response for _, _, operation in operations() for status, response in responses(operation) if status == 304
    ]
    assert [sorted(response) for response in unchanged] == [["description", "headers"]]


def test_policies_are_told_as_they_are_in_the_code():
    told = {operation["operationId"]: operation.get("x-rate-limits", []) for _, _, operation in operations()}
    assert told["sendMessage"] == [{"policy": "send", "quota": 120, "window": 60, "by": "account"}]
    assert [limit["policy"] for limit in told["logIn"]] == ["login", "login-name", "login-address"]
    for name, policy in (("listMessages", "read"), ("markRead", "read"), ("deleteMessage", "send")):
        assert [limit["policy"] for limit in told[name]] == [policy]
    assert told["logOut"] == told["endSession"] == told["isAlive"] == []
    by_name = {policy.name: (policy.quota, policy.window, policy.by) for policy in policies.POLICIES}
    found = {one["policy"]: (one["quota"], one["window"], one["by"]) for limits in told.values() for one in limits}
    assert found == by_name
    for _, _, operation in operations():
        assert ("429" in operation["responses"]) is bool(told[operation["operationId"]])


def test_limits_of_texts_are_those_of_the_rules():
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["NewMessage"]["properties"]["content"]["maxLength"] == 4_000
    assert "10000 bytes" in schemas["NewMessage"]["properties"]["content"]["description"]
    password = schemas["Registration"]["properties"]["password"]
    assert (password["minLength"], password["maxLength"]) == (8, 128)
    assert schemas["Credentials"]["properties"]["username"]["maxLength"] == 16
    listing = next(operation for _, _, operation in operations() if operation["operationId"] == "listMessages")
    limit = next(parameter["schema"] for parameter in listing["parameters"] if parameter["name"] == "limit")
    assert limit == {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
    sending = next(operation for _, _, operation in operations() if operation["operationId"] == "sendMessage")
    assert sending["parameters"][0]["schema"]["maxLength"] == 64


def test_what_requests_take_is_what_the_endpoints_read():
    """Shapes of the reference add limits and words to those of the endpoints, and no field."""
    modules = (serializers, messaging.api.serializers, messaging.api.conversations)
    members = [member for module in modules for _, member in inspect.getmembers(module, inspect.isclass)]
    shapes = [shape for shape in members if issubclass(shape, Serializer)]
    described = [told for shape in shapes for told in shape.__subclasses__() if ".reference." in told.__module__]
    assert len(described) >= 11
    for told in described:
        assert told().fields.keys() == told.__base__().fields.keys()


# Examples


def contents():
    """Every body that is described, with its schema and examples."""
    for _, _, operation in operations():
        for status, response in responses(operation):
            for content in response.get("content", {}).values():
                yield f"{operation['operationId']} {status}", content


def test_every_example_of_an_answer_is_as_its_schema_says():
    found = [
        (where, name, faults)
        for where, content in contents()
        for name, value in examples_of(content).items()
        if (faults := faults_of(value, content["schema"]))
    ]
    assert found == []


def test_a_member_that_is_not_described_is_found_wherever_it_is():
    """So an answer that says more than the reference fails the test of examples."""
    checked = 0
    for where, content in contents():
        for value in examples_of(content).values():
            for grown in with_a_member_more(value):
                checked += 1
                if where != "isReady 200":  # its parts are named by the service
                    assert faults_of(grown, content["schema"]), (where, grown)
    assert checked > 100


def with_a_member_more(value):
    """Yield copies of a value, each with one member more in one of its objects."""
    if isinstance(value, dict):
        yield {**value, "surplus": True}
        for name, part in value.items():
            yield from ({**value, name: grown} for grown in with_a_member_more(part))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from ([*value[:index], grown, *value[index + 1 :]] for grown in with_a_member_more(part))


def test_a_code_that_is_not_listed_is_found():
    send = next(operation for _, _, operation in operations() if operation["operationId"] == "sendMessage")
    content = send["responses"]["400"]["content"][PROBLEM]
    blank = examples_of(content)["blank"]
    assert faults_of(blank, content["schema"]) == []
    assert faults_of({**blank, "code": "username_taken"}, content["schema"])
    assert faults_of({**blank, "errors": [{**blank["errors"][0], "code": "outer_space"}]}, content["schema"])
    assert faults_of({**blank, "status": 409}, content["schema"])


# The guide beside it


def test_the_guide_has_the_policies_of_the_code():
    rows = re.findall(r"^\| `([\w-]+)` \| ([\d,]+) in ([\d,]+) s \| ([\w -]+) \|", GUIDE, re.MULTILINE)
    assert rows == [(policy.name, f"{policy.quota:,}", f"{policy.window:,}", policy.by) for policy in policies.POLICIES]


def test_the_newest_change_of_the_guide_is_the_version_of_the_document():
    numbers = [int(number) for number in re.findall(r"^### (\d+)\b", GUIDE, re.MULTILINE)]
    assert numbers == list(range(len(numbers), 0, -1))
    assert DOCUMENT["info"]["version"] == str(numbers[0])
