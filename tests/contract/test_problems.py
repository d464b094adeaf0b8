"""Every kind of error is the same kind of answer."""

import pytest
from django.test import Client

from chatsystem.errors import DatabaseUnavailable, StorageUnavailable
from tests.contract.talking import UNEXPECTED, refusal
from tests.factories import PASSWORD, new_name


def test_every_refusal_is_a_problem_with_all_members(api, anybody):
    name, token = anybody.username, anybody.headers
    answers = [
        api.post("auth/register", content=b"[]"),
        api.get("messages/"),
        api.get("nothing"),
        api.get("auth/login"),
        api.post("auth/register", json={"username": name, "password": PASSWORD}),
        api.post("auth/register", content=b"x" * 65_537),
        api.get("messages/?pageSize=101", headers=token),
        api.post("messages/send", json={"recipient": new_name(), "content": "hello"}, headers=token),
        api.get("health", headers={"Host": "elsewhere.example"}),
    ]
    assert [refusal(answer)[:2] for answer in answers] == [
        (400, "invalid_payload"),
        (401, "not_authenticated"),
        (404, "not_found"),
        (405, "method_not_allowed"),
        (409, "username_taken"),
        (413, "payload_too_large"),
        (400, "invalid_query"),
        (400, "recipient_not_found"),
        (400, "invalid"),
    ]


def test_a_problem_names_the_request_by_the_id_that_the_caller_gave(api):
    response = api.get("nothing", headers={"X-Request-ID": "my-own.id_1"})
    assert response.headers["X-Request-ID"] == response.json()["request_id"] == "my-own.id_1"


def test_each_answer_has_an_id_of_its_own(api):
    ids = {api.get(path).headers["X-Request-ID"] for path in ("health", "health", "nothing", "nothing", "messages/")}
    assert len(ids) == 5


def test_no_answer_of_the_api_sets_a_cookie(api, anybody):
    for path in ("health", "messages/", "nothing", "auth/login"):
        assert "Set-Cookie" not in api.get(path, headers=anybody.headers).headers


def test_the_browser_is_told_to_believe_the_media_type(api):
    assert api.get("nothing").headers["X-Content-Type-Options"] == "nosniff"


@pytest.fixture
def broken(monkeypatch):
    """A maker of a server in this process whose registering and logging in raise something."""

    def make(error):
        def fail(**_):
            raise error

        monkeypatch.setattr("accounts.api.auth.register", fail)
        monkeypatch.setattr("accounts.api.auth.log_in_program", fail)
        return Client()

    return make


BODY = {"username": "amy", "password": "the-password-of-amy"}


@pytest.mark.parametrize("path", ["auth/register", "auth/login", "register/", "login"])
@pytest.mark.parametrize("error", [RuntimeError, KeyError, OSError, ValueError])
def test_a_bug_is_a_500_in_the_old_words_that_tells_nothing_of_it(broken, caplog, path, error):
    response = broken(error("the-password-of-amy")).post(f"/api/v1/{path}", BODY, content_type="application/json")
    assert refusal(response) == UNEXPECTED
    assert response.json()["errors"] == []
    assert b"amy" not in response.content
    assert "the-password-of-amy" not in caplog.text
    assert f"unexpected error {error.__name__} at " in caplog.text
    assert response["X-Request-ID"] in {getattr(record, "request_id", "") for record in caplog.records}


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (StorageUnavailable(), "storage_unavailable", "Messages can't be reached for a moment. Please try again."),
        (DatabaseUnavailable(), "database_unavailable", "Accounts can't be reached for a moment. Please try again."),
    ],
)
def test_an_outage_is_a_503_that_says_when_to_try_again(broken, error, code, text):
    response = broken(error).post("/api/v1/auth/login", BODY, content_type="application/json")
    assert refusal(response) == (503, code, text)
    assert response["Retry-After"] == "5"
