"""What happens around every view."""

import logging
import re

import pytest

MADE = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/nothing", "/api/v1/nothing"])
def test_each_answer_has_an_id_that_is_new(client, path):
    first, second = (client.get(path)["X-Request-ID"] for _ in range(2))
    assert MADE.fullmatch(first)
    assert MADE.fullmatch(second)
    assert first != second


@pytest.mark.parametrize("offered", ["a", "A-b_c.9", "6f1b9f0e-9e0c-4e0a-8c1d-3a1f0c9f7d55", "x" * 64])
def test_a_callers_id_is_taken_over(client, offered):
    assert client.get("/", headers={"X-Request-ID": offered})["X-Request-ID"] == offered


@pytest.mark.parametrize(
    "offered", ["", " ", "a b", "x" * 65, "a\nb", "a\r\nSet-Cookie: x=y", "é", "<b>", "a;b", "a=b"]
)
def test_a_callers_id_that_could_do_harm_is_replaced(client, offered):
    assert MADE.fullmatch(client.get("/", headers={"X-Request-ID": offered})["X-Request-ID"])


def test_each_answer_is_one_line_in_the_log_without_query_or_path(client, caplog):
    caplog.set_level(logging.INFO)
    for path, route, status in (
        ("/?q=private", "landing", 200),
        ("/nothing/private", "-", 404),
        ("/api/v1/health?q=private", "health", 200),
        ("/api/v1/private", "chatsystem.pages.not_found", 404),
        ("/api/v1/messages/?page=private", "messages", 401),
    ):
        caplog.clear()
        response = client.get(path, headers={"X-Request-ID": "given", "Cookie": "private=private"})
        assert response.status_code == status
        (line,) = [record.getMessage() for record in caplog.records]
        assert re.fullmatch(rf"GET {re.escape(route)} {status} \d+\.\d ms id=given", line)


def test_the_api_neither_reads_nor_sets_a_cookie(client, alice, cql_requests, django_assert_num_queries):
    client.force_login(alice)
    with django_assert_num_queries(0):
        response = client.get("/api/v1/messages/")
    assert response.status_code == 401
    assert not response.cookies
    assert not client.get("/api/v1/health").cookies
    assert not client.get("/api/v1/nothing").cookies
    assert not hasattr(client.get("/api/v1/health").wsgi_request, "session")
    assert hasattr(client.get("/").wsgi_request, "session")


def test_a_page_that_needs_nobody_asks_no_database(client):
    assert client.get("/").status_code == 200  # the test has no database


def test_cookies_of_pages_are_not_for_scripts(client, alice):
    alice.is_staff = True
    alice.save()
    credentials = {"username": alice.username, "password": "correct horse battery", "next": "/admin/"}
    cookie = client.post("/admin/login/", credentials).cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_answers_forbid_frames_and_guessing_of_types(client):
    for path in ("/", "/api/v1/health", "/nothing"):
        response = client.get(path)
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
