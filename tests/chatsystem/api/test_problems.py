"""Errors as problem details."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions, serializers

from chatsystem import errors
from chatsystem.api.problems import as_chat_error, problem
from chatsystem.errors import ChatError, FieldError, InvalidPayload
from chatsystem.requests import request_id
from tests.factories import access_token


def every_error(base=ChatError):
    return [base, *(found for kind in base.__subclasses__() for found in every_error(kind))]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_is_a_problem_with_all_its_members(rf, kind):
    token = request_id.set("given")
    response = problem(rf.get("/"), kind())
    request_id.reset(token)
    assert response.status_code == kind.status
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert list(body) == ["type", "title", "status", "detail", "code", "request_id", "errors", "error"]
    assert (body["status"], body["code"], body["request_id"]) == (kind.status, kind.code, "given")
    assert body["detail"] == kind.message
    assert body["error"] == (kind.error or kind.message)
    assert ("WWW-Authenticate" in response) == (kind.status == 401)
    assert ("Retry-After" in response) == (kind.status in {429, 503})


def test_codes_name_one_error_each():
    codes = [kind.code for kind in every_error()]
    assert sorted(codes) == sorted(set(codes))


def test_the_texts_of_the_old_service_are_kept_to_the_letter():
    assert [kind.error or kind.message for kind in (
        errors.InvalidPayload, errors.UsernameTaken, errors.InvalidLogin, errors.RecipientNotFound, errors.Unexpected
    )] == [
        "invalid payLoad",
        "username already taken :(",
        "invalid login",
        "recipient does not exist",
        "our bad. something went wrong .. please try again later",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("exception", "kind"),
    [
        (OperationalError("x"), errors.DatabaseUnavailable),
        (InterfaceError("x"), errors.DatabaseUnavailable),
        (errors.RecipientNotFound(), errors.RecipientNotFound),
        (exceptions.NotAuthenticated(), errors.NotAuthenticated),
        (exceptions.PermissionDenied(), errors.Forbidden),
        (PermissionDenied(), errors.Forbidden),
        (exceptions.NotFound(), errors.NotFound),
        (Http404(), errors.NotFound),
        (exceptions.MethodNotAllowed("PUT"), errors.MethodNotAllowed),
        (IntegrityError("x"), errors.Unexpected),
        (DataError("x"), errors.Unexpected),
        (RuntimeError("x"), errors.Unexpected),
        (AssertionError(), errors.Unexpected),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else f"{type(value).__module__}.{type(value).__name__}",
)
def test_what_is_raised_becomes_an_error_of_ours(exception, kind):
    assert type(as_chat_error(exception, method="GET")) is kind


@pytest.mark.parametrize(("method", "kind"), [("GET", errors.InvalidQuery), ("POST", errors.InvalidPayload)])
def test_what_a_serializer_found_wrong_names_its_fields(method, kind):
    class Shape(serializers.Serializer):
        number = serializers.IntegerField()
        text = serializers.CharField()

    for data, found in (
        ({"number": "x"}, [("number", "invalid"), ("text", "required")]),
        ([], [("", "invalid")]),
        (None, [("", "null")]),
    ):
        with pytest.raises(exceptions.ValidationError) as refusal:
            Shape(data=data).is_valid(raise_exception=True)
        error = as_chat_error(refusal.value, method=method)
        assert type(error) is kind
        assert [(one.field, one.code) for one in error.errors] == found


def test_a_limit_is_told_where_there_is_one(rf):
    error = InvalidPayload(errors=[FieldError("a", "too_long", "Too long.", 3), FieldError("b", "blank", "Blank.")])
    assert json.loads(problem(rf.get("/"), error).content)["errors"] == [
        {"field": "a", "code": "too_long", "message": "Too long.", "limit": 3},
        {"field": "b", "code": "blank", "message": "Blank."},
    ]


def test_the_challenge_names_the_scheme_that_is_set(rf, settings):
    settings.AUTH_HEADER_PREFIX = "Token"
    challenges = [
        problem(rf.get("/"), kind())["WWW-Authenticate"] for kind in (errors.InvalidLogin, errors.InvalidToken)
    ]
    assert challenges == ['Token realm="api"', 'Token realm="api", error="invalid_token"']


@pytest.mark.parametrize(("scheme", "status"), [("Token", 200), ("tOKEN", 200), ("Bearer", 401)])
def test_the_scheme_that_is_set_is_the_one_that_is_taken(client, alice, settings, scheme, status):
    settings.AUTH_HEADER_PREFIX = "Token"
    headers = {"Authorization": f"{scheme} {access_token(alice)}"}
    assert client.get("/api/v1/messages/", headers=headers).status_code == status
