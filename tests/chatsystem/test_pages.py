"""The landing page, and errors that no view answered: pages in our layout, JSON under `/api/`."""

import re
from html import unescape
from io import BytesIO

import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client

from chatsystem.errors import DatabaseUnavailable, Forbidden, StorageUnavailable
from chatsystem.limits import MAX_FORM_BYTES
from chatsystem.middleware import PagesSession
from chatsystem.pages import errors as pages
from chatsystem.pages import views
from chatsystem.pages.middleware import POLICY, FormLimit
from tests.contract.talking import UNEXPECTED, refusal


def shown(response):
    """Status and heading of a page in our layout."""
    text = response.content.decode()
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert text.count("<h1>") == 1
    assert "Chat</title>" in text
    return response.status_code, unescape(text.split("<h1>")[1].split("</h1>")[0])


@pytest.fixture
def browser():
    """A client to which bugs are answers, as to a browser."""
    return Client(raise_request_exception=False)


def links(response):
    return set(re.findall(r'<a [^>]*href="([^"#]+)"', response.content.decode()))


def test_the_landing_page_says_what_this_is_and_leads_on(client):
    response = client.get("/")
    assert shown(response) == (200, "Write to each other, on a server of your own")
    assert links(response) == {
        *("/", "/login", "/register", "/password/forgot"),
        *("/api/v1/docs", "/api/v1/health", "/admin/"),
    }


def test_the_landing_page_leads_whoever_is_in_to_the_inbox(client, alice):
    client.force_login(alice)
    response = client.get("/")
    assert {"/inbox", "/new"} <= links(response)
    assert not {"/login", "/register"} & links(response)


@pytest.mark.parametrize("path", ["/nothing", "/api", "/%00", "/../etc/passwd", "/n\u00f6"])
def test_an_unknown_address_is_a_page(browser, path):
    assert shown(browser.get(path)) == (404, "Not found")


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
    assert shown(response) == (500, "Something went wrong")
    assert b"This is our mistake, not yours. Please try again later." in response.content
    assert b"private" not in response.content
    assert "a private text" not in caplog.text
    assert caplog.text.count("unexpected error RuntimeError at ") == 1


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_dead_database_is_a_503_page(failing, error):
    response = failing(error("no connection to amy:pw@db"))
    assert shown(response) == (503, "Out of order for a moment")
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
    assert shown(response) == (403, "This form is out of date")
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


# Without a database, which none of these tests has


@pytest.mark.parametrize(
    ("ask", "status", "title"),
    [
        (lambda browser: browser.get("/nothing"), 404, "Not found"),
        (lambda browser: browser.get("/", headers={"Host": "elsewhere.example"}), 400, "Bad Request"),
        (lambda browser: browser.post("/login"), 403, "This form is out of date"),
        (lambda browser: browser.get("/logout"), 405, "This doesn't work here"),
        (lambda browser: browser.post("/login", {"content": "x" * MAX_FORM_BYTES}), 413, "This is too much at once"),
    ],
    ids=["unknown", "host", "token", "method", "length"],
)
@pytest.mark.parametrize("cookie", [None, "x" * 32], ids=["new", "known"])
def test_error_pages_need_no_database(ask, status, title, cookie):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    if cookie:
        browser.cookies["sessionid"] = cookie
    response = ask(browser)
    assert shown(response) == (status, title)
    assert f"Request {response['X-Request-ID']}" in response.text
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Security-Policy"] == POLICY


def test_a_method_that_is_not_taken_is_told_which_are(client):
    # Of a view with `require_POST`, of one of ours with a form, of one of Django's.
    assert client.get("/logout")["Allow"] == "POST"
    assert client.delete("/login")["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert client.post("/password/forgot/sent")["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("announced", [MAX_FORM_BYTES, MAX_FORM_BYTES + 1])
def test_a_form_is_refused_by_its_length_before_anybody_reads_it(rf, announced):
    body = BytesIO(b"x")
    request = rf.generic("POST", "/login", CONTENT_LENGTH=str(announced), **{"wsgi.input": body})
    answered = FormLimit(lambda _: HttpResponse("read"))(request)
    assert (answered.status_code == 413) is (announced > MAX_FORM_BYTES)
    assert body.tell() == 0


def test_a_file_is_too_much_too(client, db):
    response = client.post("/login", {"username": BytesIO(b"x" * MAX_FORM_BYTES)})
    assert shown(response) == (413, "This is too much at once")


def test_programs_are_not_met_by_the_limit_of_forms(client, db):
    response = client.post("/api/v1/login", "x" * (MAX_FORM_BYTES + 1), content_type="application/json")
    assert refusal(response)[:2] == (413, "payload_too_large")


BROKEN = {
    "a tag that nobody has": "{% nothing %}",
    "a tag that fails": "{% url 'nowhere' %}",
    "a file that isn't there": "{% include 'nowhere.html' %}",
}


@pytest.fixture(params=BROKEN)
def broken_templates(request, settings, tmp_path):
    """The foot of every page is broken."""
    (tmp_path / "partials").mkdir()
    (tmp_path / "partials" / "foot.html").write_text(BROKEN[request.param])
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}]


def test_where_the_templates_are_broken_there_is_a_page_still(browser, broken_templates, caplog):
    response = browser.get("/")
    assert shown(response) == (500, "Internal Server Error")
    assert 'href="/static/chat/chat.css"' in response.text
    assert f"Request {response['X-Request-ID']}" in response.text
    # Once of the page, and once of the error's page.
    assert caplog.text.count("unexpected error ") == 2


def test_that_page_shows_what_was_written_and_nothing_as_markup(browser, broken_templates):
    guarded = Client(enforce_csrf_checks=True)
    response = guarded.post("/new", {"content": "</textarea><script>\n"})
    assert shown(response) == (403, "Forbidden")
    assert "\n&lt;/textarea&gt;&lt;script&gt;\n</textarea>" in response.text
    assert "<script>" not in response.text


def test_a_database_that_dies_under_a_middleware_is_a_503_too(browser, monkeypatch):
    def die(*_):
        raise OperationalError("no connection to amy:pw@db")

    monkeypatch.setattr(PagesSession, "process_response", die)
    response = browser.get("/nothing")
    assert shown(response) == (503, "Out of order for a moment")
    assert response["Retry-After"] == "5"
    assert "amy:pw" not in response.text
