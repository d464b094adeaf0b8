"""The landing page, and errors that no view answered: pages in our layout, JSON under `/api/`."""

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from chatsystem.errors import DatabaseUnavailable, Forbidden, StorageUnavailable
from chatsystem.pages import errors as pages
from chatsystem.pages import views
from tests.contract.talking import UNEXPECTED, refusal


def shown(response):
    """Status and heading of a page in our layout."""
    text = response.content.decode()
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert text.count("<h1>") == 1
    assert "Chat</title>" in text
    return response.status_code, text.split("<h1>")[1].split("</h1>")[0]


@pytest.fixture
def browser():
    """A client to which bugs are answers, as to a browser."""
    return Client(raise_request_exception=False)


def test_the_landing_page_leads_to_everything_that_has_a_page(client):
    response = client.get("/")
    assert shown(response) == (200, "Chat")
    assert b'href="/api/v1/health"' in response.content
    assert b'href="/admin/"' in response.content
    assert b'href="/api/v1/docs"' in response.content
    assert b'href="/password/forgot"' in response.content


@pytest.mark.parametrize("path", ["/nothing", "/api", "/admin", "/%00", "/../etc/passwd", "/n\u00f6"])
def test_an_unknown_address_is_a_page(browser, path):
    assert shown(browser.get(path)) == (404, "Not Found")


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/", "/api/v2/health", "/api/v1/nothing"])
def test_an_unknown_address_of_the_api_is_json_also_where_forms_are_guarded(path, method):
    browser = Client(enforce_csrf_checks=True)
    assert refusal(getattr(browser, method)(path)) == (404, "not_found", "There is nothing at this address.")


def test_a_page_with_an_error_names_the_request(browser):
    response = browser.get("/nothing", headers={"X-Request-ID": "given"})
    assert b"Request given" in response.content


@pytest.fixture
def failing(browser, monkeypatch):
    """`failing(error)` asks for a page whose view raises it."""

    def ask(error):
        def fail(*_):
            raise error

        monkeypatch.setattr(views, "render", fail)
        return browser.get("/")

    return ask


def test_a_bug_is_a_500_page_that_tells_nothing_of_it(failing, caplog):
    response = failing(RuntimeError("a private text"))
    assert shown(response) == (500, "Internal Server Error")
    assert b"our bad. something went wrong .. please try again later" in response.content
    assert b"private" not in response.content
    assert "a private text" not in caplog.text
    assert caplog.text.count("unexpected error RuntimeError at ") == 1


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_dead_database_is_a_503_page(failing, error):
    response = failing(error("no connection to amy:pw@db"))
    assert shown(response) == (503, "Service Unavailable")
    assert response["Retry-After"] == "5"
    assert DatabaseUnavailable.message.replace("'", "&#x27;") in response.content.decode()
    assert b"pw" not in response.content


@pytest.mark.parametrize(("error", "status"), [(Forbidden, 403), (StorageUnavailable, 503)])
def test_a_refusal_is_a_page_of_its_status(failing, error, status):
    response = failing(error("<b>why</b>"))
    assert shown(response)[0] == status
    assert b"&lt;b&gt;why&lt;/b&gt;" in response.content


def test_a_request_for_another_host_is_a_400_page_or_problem(browser):
    elsewhere = {"Host": "elsewhere.example"}
    assert shown(browser.get("/", headers=elsewhere)) == (400, "Bad Request")
    response = browser.get("/api/v1/health", headers=elsewhere)
    assert refusal(response) == (400, "invalid", "The request can't be answered.")


def test_a_form_without_its_token_is_a_403_page():
    browser = Client(enforce_csrf_checks=True)
    response = browser.post("/admin/login/", {"username": "amy", "password": "x"})
    assert shown(response) == (403, "Forbidden")
    assert b"This form is too old or came from elsewhere." in response.content


def test_the_handlers_of_django_answer_json_under_the_api(rf):
    request = rf.get("/api/v1/health")
    answers = {
        pages.bad_request(request): (400, "invalid"),
        pages.forbidden(request): (403, "forbidden"),
        pages.csrf_failure(request): (403, "stale_form"),
        pages.not_found(request): (404, "not_found"),
        pages.unexpected(request): UNEXPECTED[:2],
    }
    for response, (status, code) in answers.items():
        assert response.status_code == status
        assert response["Content-Type"] == "application/problem+json"
        assert f'"code":"{code}"'.encode() in response.content
