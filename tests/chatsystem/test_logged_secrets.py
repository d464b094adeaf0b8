"""Nothing that people write or send is logged: marked secrets go everywhere, and all that was logged is searched."""

import json
import logging
import socket
from contextlib import contextmanager

import httpx
import pytest
from django.test import Client

from chatsystem.limits import MAX_BODY_BYTES
from tests.chatsystem.test_logs import FORMATTERS, LINE_ENDS, MARK, TIME
from tests.factories import PASSWORD, access_token, new_name
from tests.server import running_server


def marked(length=16):
    """Return a new text of at most `length` characters that must not be logged."""
    return (MARK + new_name())[:length]


REQUEST_BODIES = [
    {"username": marked(), "password": marked()},
    {"username": marked(200), "password": marked() * 20},
    {"recipient": marked(), "content": marked()},
    {"recipient": MARK, "content": f"{MARK}\x00{MARK}"},
    {"recipient": MARK, "content": f"{MARK}\n{LINE_ENDS}" * 200},
    {"current_password": MARK, "new_password": MARK, "token": MARK, "email": f"{MARK}@example.org"},
    {MARK: {MARK: [MARK]}},
]
RAW_BODIES = [
    f'{{"username": "{MARK}'.encode(),
    MARK.encode() + b"\xff\xfe",
    MARK.encode() * (MAX_BODY_BYTES // len(MARK) + 1),
    b"",
]
API = "/api/v1/"
PATHS = [
    *(
        API + path
        for path in ("auth/register", "register/", "auth/login", "login", "messages/send", "send", "messages/")
    ),
    *(API + path for path in ("health", "health/ready", MARK, f"messages/{MARK}")),
    *(API + f"auth/{path}" for path in ("password", "password/forgot", "password/reset", "email/confirm")),
    *("/password/forgot", f"/password/reset/{MARK}", f"/email/confirm/{MARK}"),
    *("/login", "/register", "/logout"),
    *("/", "/admin/", "/admin/login/", "/admin/accounts/user/", f"/admin/{MARK}", "/metrics", f"/{MARK}%0a{MARK}"),
]
QUERY = f"?page={MARK}&pageSize={MARK}&limit={MARK}&before={MARK}&after={MARK}&next=/{MARK}&{MARK}={MARK}"
HEADERS = {
    "Cookie": f"sessionid={MARK}; csrftoken={MARK}; {MARK}={MARK}",
    "X-Request-ID": f"{MARK} {MARK}",
    "User-Agent": MARK,
    "Referer": f"http://{MARK}.example/{MARK}",
    "Origin": f"http://{MARK}.example",
    "Accept-Language": MARK,
    "X-Forwarded-For": MARK,
    "X-Forwarded-Proto": MARK,
}
TOKENS = [f"Bearer {MARK}", f"{MARK} {MARK}", f"Bearer {MARK}.{MARK}.{MARK}", "Basic czNjcjN0OnMzY3IzdA=="]


def requests():
    """Yield method, address, headers and body of every request, each with marks in every place that it has."""
    for path in PATHS:
        for token in TOKENS:
            yield "GET", path + QUERY, {**HEADERS, "Authorization": token}, b""
        for body in [*(json.dumps(body).encode() for body in REQUEST_BODIES), *RAW_BODIES]:
            yield "POST", path + QUERY, {**HEADERS, "Content-Type": "application/json"}, body
        yield "POST", path, HEADERS | {"Content-Type": f"text/{MARK}"}, MARK.encode()
        yield "DELETE", path + QUERY, HEADERS, b""
        yield "GET", path + QUERY, {**HEADERS, "Host": f"{MARK}.example"}, b""
        yield MARK.upper(), path + QUERY, HEADERS, b""


@contextmanager
def listening():
    """Gather all that this process logs at any level, in both formats."""

    class Gather(logging.Handler):
        def emit(self, made):
            lines.extend(formatter.format(made) for formatter in FORMATTERS)

    lines, handler, root = [], Gather(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.fixture
def browser():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("known", [False, True], ids=["stranger", "person"])
def test_nothing_that_is_sent_is_logged(browser, alice, known):
    token = f"Bearer {access_token(alice)}"
    with listening() as lines:
        for number, (method, path, headers, body) in enumerate(requests()):
            if known:
                headers = {**headers, "Authorization": token}
            kind = headers.pop("Content-Type", "text/plain") if "Content-Type" in headers else "text/plain"
            browser.generic(method, path, body, content_type=kind, headers=headers)
            assert len(lines) >= 2 * (number + 1)  # each is told of, in both formats
    text = "\n".join(lines).lower()
    assert MARK not in text
    assert token.lower() not in text


def test_nothing_that_is_typed_into_the_admins_form_is_logged(alice):
    alice.is_staff = True
    alice.save()
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    with listening() as lines:
        browser.post("/admin/login/", {"username": MARK, "password": MARK})
        browser.get("/admin/login/")
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, "next": f"/admin/?{MARK}"}
        for name, password in ((MARK, MARK), (alice.username, MARK), (alice.username, PASSWORD)):
            browser.post("/admin/login/", {**form, "username": name, "password": password})
        browser.get(f"/admin/accounts/user/?q={MARK}&{MARK}=1")
    text = "\n".join(lines).lower()
    kept = {cookie.value.lower() for cookie in browser.cookies.values()}
    assert not [secret for secret in {MARK, PASSWORD, alice.username, *kept} if secret in text]
    assert '"route": "admin:login"' in text


PLACES = ["accounts.api.auth.register", "accounts.api.auth.log_in_program", "messaging.api.views.send_message"]


@pytest.mark.parametrize("kind", [RuntimeError, ValueError, OSError, TypeError, UnicodeError])
def test_a_bug_whose_text_quotes_content_is_logged_without_it(browser, alice, monkeypatch, kind):
    def fail(*_, **values):
        try:
            raise LookupError(f"{values} {MARK}")
        except LookupError as error:
            raise kind(f"{values} {MARK}\n{MARK}") from error

    for place in (*PLACES, "chatsystem.pages.views.render", "django.contrib.sessions.backends.db.SessionStore.load"):
        monkeypatch.setattr(place, fail)
    token = {"Authorization": f"Bearer {access_token(alice)}"}
    browser.cookies["admin_session"] = MARK.ljust(32, "x")  # as long as a key, or nobody would look it up
    with listening() as lines:
        statuses = [
            browser.post(f"{API}{path}?{MARK}", body, content_type="application/json", headers=token).status_code
            for path, body in (
                ("register", {"username": MARK, "password": MARK}),
                ("login", {"username": MARK, "password": MARK}),
                ("send", {"recipient": MARK, "content": MARK}),
            )
        ]
        statuses += [browser.get(f"{path}?{MARK}").status_code for path in ("/", "/admin/")]
    assert statuses == [500] * 5
    assert MARK not in "\n".join(lines)
    bugs = [json.loads(line) for line in lines if line.startswith("{") and '"ERROR"' in line]
    assert [bug["message"].startswith(f"unexpected error {kind.__name__} at ") for bug in bugs] == [True] * 5
    assert all(bug["request_id"] for bug in bugs)


NO_HTTP = [
    f"{MARK} {MARK}\r\n\r\n",
    f"GET /{MARK} {MARK}/1.1\r\n\r\n",
    f"GET /?{MARK} HTTP/1.1\r\n{MARK}\r\n\r\n",
    f"GET /?{MARK} HTTP/1.1\r\nHost: {MARK}\r\n{MARK} : {MARK}\r\n\r\n",
    f"GET /?{MARK} HTTP/1.1\r\n" + f"{MARK}: {MARK}\r\n" * 200 + "\r\n",
    f"GET /?{MARK * 2_000} HTTP/1.1\r\n\r\n",
    f"GET /?{MARK} HTTP/1.1\r\nHost: x\r\n{MARK}: {MARK * 2_000}\r\n\r\n",
    f"POST /?{MARK} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: {MARK}\r\n\r\n",
    f"POST {API}login?{MARK} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n{MARK}\r\n",
    f"POST {API}login?{MARK} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {MARK}\r\n\r\n{MARK}",
    f"POST {API}login?{MARK} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{MARK}",
    f"GET /?{MARK} HTTP/1.1\r\nHost: localhost\r\nExpect: {MARK}\r\n\r\n",
]


def send_raw(server, data):
    with socket.create_connection(("127.0.0.1", httpx.URL(server.url).port), timeout=10) as connection:
        connection.sendall(data.encode())
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass


def test_nothing_that_is_sent_to_the_real_server_is_in_its_log(tmp_path):
    with running_server(tmp_path, LOG_LEVEL="DEBUG", LOG_FORMAT="json") as server, server.client() as client:
        person = {"username": new_name(), "password": marked()}
        assert client.post("register", json=person).status_code == 201
        login = client.post(f"login?{MARK}", json=person).json()
        token = {"Authorization": f"Bearer {login['token']}"}
        body = {"recipient": person["username"], "content": MARK}
        assert client.post(f"send?{MARK}", json=body, headers={**token, "X-Request-ID": "sent-1"}).status_code == 201
        for method, path, headers, body in requests():
            client.request(method, f"{server.url}{path}", headers=headers, content=body)
        for data in NO_HTTP:
            send_raw(server, data)
    text = server.log.read_text()
    assert not [secret for secret in (MARK, login["token"].lower(), person["username"]) if secret in text.lower()]
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"gunicorn.error", "chatsystem.requests"} <= {line["logger"] for line in lines}
    assert all(TIME.fullmatch(line["time"]) for line in lines)
    (sent,) = [line for line in lines if line.get("request_id") == "sent-1"]
    assert 0 < sent.pop("duration_ms") < 10_000
    assert sent == {
        "time": sent["time"],
        "level": "INFO",
        "logger": "chatsystem.requests",
        "message": "answered",
        "request_id": "sent-1",
        "person": login["data"]["id"],
        "route": "send",
        "method": "POST",
        "status": 201,
    }
