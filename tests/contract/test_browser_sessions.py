"""The API for scripts of our own pages: by the cookie of whoever has logged in by a page."""

import pytest

from tests.contract.browsers import open_browser
from tests.contract.talking import bearer, log_in, nested, refusal, register
from tests.factories import PASSWORD
from tests.server import running_server

STALE = (
    403,
    "stale_form",
    "This form is too old or came from elsewhere. Go back, reload the page and send it again.",
)
NOBODY = (401, "not_authenticated", "Log in and send the token in the Authorization header.")
TIMES = 6  # requests, so that each worker is asked


@pytest.fixture
def browser(over):
    with over.client() as client:
        username = register(client)["username"]
    found = open_browser(over, username)
    yield found
    found.api.close()


@pytest.fixture
def other(over):
    """Somebody else."""
    with over.client() as client:
        yield register(client)["username"]


def send(browser, recipient, headers):
    return browser.api.post("messages/send", json={"recipient": recipient, "content": "hello"}, headers=headers)


def texts(browser):
    response = browser.api.get("messages")
    assert response.status_code == 200, response.text
    return [message["content"] for message in response.json()["messages"]]


def test_whoever_has_logged_in_by_a_page_reads_without_a_token(browser):
    response = browser.api.get("users/me")
    assert response.status_code == 200
    assert response.json()["username"] == browser.username
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


def test_whoever_also_has_the_token_of_a_page_writes(browser, other):
    assert send(browser, other, browser.headers).status_code == 201
    assert texts(browser) == ["hello"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRFToken": ""},
        {"X-CSRFToken": "x" * 64},
        {"X-CSRFToken": "?"},
        {"X-Requested-With": "XMLHttpRequest"},
    ],
    ids=str,
)
def test_a_change_without_the_token_of_a_page_does_nothing(browser, other, headers):
    assert refusal(send(browser, other, headers)) == STALE
    assert refusal(browser.api.patch("users/me", json={"display_name": "Eve"}, headers=headers)) == STALE
    assert refusal(browser.api.delete("auth/sessions", headers=headers)) == STALE
    assert refusal(browser.api.put(f"users/me/blocks/{other}", headers=headers)) == STALE
    assert texts(browser) == []
    assert browser.api.get("users/me").json()["display_name"] == ""
    assert browser.api.get("users/me/blocks").json()["blocks"] == []


@pytest.mark.parametrize(
    "body",
    [b"csrfmiddlewaretoken=%s&recipient=amy", nested(30_000), b"x" * 1_000_000],
    ids=["a form", "nesting", "large"],
)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_token_in_the_body_is_none_and_nobody_reads_that_far(browser, body, kind):
    """Forms of other sites can send bodies, but no headers of their own."""
    body = body.replace(b"%s", browser.token.encode())
    response = browser.api.post("messages/send", content=body, headers={"Content-Type": kind})
    assert refusal(response) == STALE


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_sites_script_writes_nothing_even_with_the_token(browser, other, origin):
    assert refusal(send(browser, other, {**browser.headers, "Origin": origin})) == STALE
    assert texts(browser) == []


def test_another_sites_script_is_not_shown_what_it_reads(browser):
    response = browser.api.get("messages", headers={"Origin": "https://evil.example"})
    assert not [name for name in response.headers if name.startswith("access-control-")]


def test_our_own_script_says_where_it_is_from(browser, other, over):
    assert send(browser, other, {**browser.headers, "Origin": over.url}).status_code == 201


def test_a_token_goes_before_the_cookie(browser, over):
    with over.client() as client:
        credentials = register(client)
        headers = bearer(log_in(client, credentials))
    for _ in range(TIMES):
        response = browser.api.get("users/me", headers=headers)
        assert response.json()["username"] == credentials["username"]
    # Whoever has that needs no page.
    changed = browser.api.patch("users/me", json={"display_name": "Program"}, headers=headers)
    assert changed.json()["display_name"] == "Program"
    assert browser.api.get("users/me").json()["display_name"] == ""


def test_a_token_that_is_worth_nothing_is_not_saved_by_the_cookie(browser):
    response = browser.api.get("users/me", headers={"Authorization": "Bearer x"})
    assert refusal(response)[:2] == (401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'


def test_a_session_that_has_ended_is_nobody_from_the_next_request_on(browser, over):
    with over.client() as client:
        headers = bearer(log_in(client, {"username": browser.username, "password": PASSWORD}))
        assert client.delete("auth/sessions", headers=headers).json() == {"ended": 1}
    for _ in range(TIMES):
        response = browser.api.get("messages")
        assert refusal(response) == NOBODY
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert refusal(send(browser, browser.username, browser.headers)) == NOBODY


def test_logging_out_by_a_page_ends_it_here_too(browser, over):
    with over.client() as copy:  # of somebody who has copied the cookies
        copy.cookies.update(dict(browser.api.cookies))
        assert copy.get("messages").status_code == 200
        assert copy.post(f"{over.url}/logout", data={"csrfmiddlewaretoken": browser.token}).status_code == 303
    assert refusal(browser.api.get("messages")) == NOBODY


@pytest.mark.parametrize("cookie", ["", "x", "x" * 32, "x" * 33, "0" * 5_000], ids=repr)
def test_a_cookie_that_stands_for_nobody_changes_nothing(server, cookie):
    with server.client() as client:
        for ask, method in ((client.get, "messages"), (client.delete, "auth/sessions")):
            assert refusal(ask(method, headers={"Cookie": f"sessionid={cookie}"})) == NOBODY


def test_it_is_a_session_like_others_there(browser):
    (session,) = browser.api.get("auth/sessions").json()["sessions"]
    assert session["current"]
    assert session["kind"] == "browser"
    answered = browser.api.post("auth/logout", headers=browser.headers)
    assert answered.status_code == 204
    assert refusal(browser.api.get("auth/sessions")) == NOBODY


def test_a_new_password_leaves_this_browser_in(browser):
    body = {"current_password": PASSWORD, "new_password": "battery staple correct"}
    assert browser.api.post("auth/password", json=body, headers=browser.headers).status_code == 204
    assert browser.api.get("users/me").status_code == 200


def test_requests_are_counted_as_a_programs_and_a_refused_form_is_not(tmp_path):
    with running_server(tmp_path, RATE_LIMITS="yes", RATE_LIMIT_SEND="2/600", RATE_LIMIT_READ="50/600") as server:
        with server.client() as client:
            credentials = register(client)
            program = bearer(log_in(client, credentials))
        browser = open_browser(server, credentials["username"])
        me = credentials["username"]
        assert send(browser, me, {}).status_code == 403
        assert send(browser, me, browser.headers).headers["RateLimit"] == '"send";r=1;t=600'
        assert send(browser, me, program).headers["RateLimit"].startswith('"send";r=0')
        refused = send(browser, me, browser.headers)
        assert refusal(refused)[:2] == (429, "rate_limited")
        assert 0 < int(refused.headers["Retry-After"]) <= 600
        assert len(texts(browser)) == 2
        browser.api.close()
