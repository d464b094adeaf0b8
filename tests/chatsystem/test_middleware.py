"""What happens around every view."""

import logging
import re

import pytest

from tests.factories import PASSWORD, access_token

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
        ("/api/v1/private", "chatsystem.pages.errors.not_found", 404),
        ("/api/v1/messages/?page=private", "messages", 401),
    ):
        caplog.clear()
        response = client.get(path, headers={"X-Request-ID": "given", "Cookie": "private=private"})
        assert response.status_code == status
        (record,) = caplog.records
        shown = (record.method, record.route, record.status, record.request_id, record.person)
        assert shown == ("GET", route, status, "given", None)
        assert 0 <= record.duration_ms < 10_000
        assert "private" not in str(record.__dict__)


def test_the_line_names_the_person_where_one_is_known_and_asks_no_database_for_it(
    client, alice, caplog, django_assert_num_queries
):
    caplog.set_level(logging.INFO)
    token = {"Authorization": f"Bearer {access_token(alice)}"}
    alice.is_staff = True
    alice.save()
    credentials = {"username": alice.username, "password": PASSWORD}
    client.get("/api/v1/messages/?limit=x", headers=token)
    client.get("/api/v1/health", headers=token)
    client.post("/admin/login/", credentials)
    client.get("/admin/")
    client.get("/metrics")
    client.post("/admin/logout/")
    with django_assert_num_queries(0):
        client.get("/")
    known = [(record.route, record.person) for record in caplog.records]
    assert known == [
        ("messages", str(alice.pk)),
        ("health", None),
        ("admin:login", str(alice.pk)),
        ("admin:index", str(alice.pk)),
        ("metrics", None),
        ("admin:logout", str(alice.pk)),
        ("landing", None),
    ]


def test_a_method_that_somebody_invented_is_not_repeated(client, caplog):
    caplog.set_level(logging.INFO)
    client.generic("SECRET", "/api/v1/health")
    assert caplog.records[-1].method == "OTHER"
    assert "SECRET" not in str(caplog.records[-1].__dict__)


def test_the_api_sets_no_cookie_and_reads_one_only_to_know_somebody(client, alice, django_assert_num_queries):
    client.force_login(alice)
    with django_assert_num_queries(0):
        assert not client.get("/api/v1/health").cookies
    token = {"Authorization": f"Bearer {access_token(alice)}"}
    client.get("/api/v1/users/me/limits", headers=token)
    with django_assert_num_queries(0):
        assert not client.get("/api/v1/users/me/limits", headers=token).cookies
    assert not client.get("/api/v1/users/me/limits").cookies
    assert not client.get("/api/v1/nothing").cookies
    assert not hasattr(client.get("/api/v1/health").wsgi_request, "session")
    assert hasattr(client.get("/").wsgi_request, "session")


def test_a_page_that_needs_nobody_asks_no_database(client):
    assert client.get("/").status_code == 200  # the test has no database


def test_cookies_of_pages_are_not_for_scripts(client, alice):
    alice.is_staff = True
    alice.save()
    credentials = {"username": alice.username, "password": "correct horse battery", "next": "/admin/"}
    cookie = client.post("/admin/login/", credentials).cookies["admin_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_answers_forbid_frames_and_guessing_of_types(client):
    for path in ("/", "/api/v1/health", "/nothing"):
        response = client.get(path)
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
