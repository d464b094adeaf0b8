"""GET and DELETE /auth/sessions, POST /auth/logout: what is ended is worth nothing from the next request on."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from chatsystem.redis import connection
from tests.contract.talking import ask_sql, bearer, log_in, refusal, register
from tests.server import manage, running_server, wait_until_settled

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
INVALID = (401, "invalid_token", "The token is not valid. Log in again.")
NOT_THERE = (404, "session_not_found", "There is no such session.")
TIMES = 6  # requests, so that each worker is asked


@pytest.fixture
def api(over):
    with over.client() as client:
        yield client


@pytest.fixture
def credentials(api):
    return register(api)


def sessions(api, answer):
    response = api.get("auth/sessions", headers=bearer(answer))
    assert response.status_code == 200, response.text
    return response.json()["sessions"]


def own_id(api, answer):
    (own,) = [session["id"] for session in sessions(api, answer) if session["current"]]
    return own


def is_good(api, answer, *, times=TIMES):
    """Return whether all workers let the token's owner in; fails where they don't agree."""
    answers = [api.get("messages/", headers=bearer(answer)) for _ in range(times)]
    assert len({answer.status_code for answer in answers}) == 1
    if answers[0].status_code == 200:
        return True
    assert refusal(answers[0]) == INVALID
    assert answers[0].headers["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'
    return False


# Listing


def test_a_session_tells_what_where_and_since_when(api, credentials):
    answer = log_in(api, credentials, **{"User-Agent": FIREFOX, "X-Forwarded-For": "203.0.113.7"})
    (session,) = sessions(api, answer)
    assert list(session) == ["id", "kind", "device", "address_prefix", "created_at", "last_seen_at", "current"]
    assert session == {
        "id": str(uuid.UUID(session["id"])),
        "kind": "api",
        "device": "Firefox on Linux",
        "address_prefix": "203.0.113.0/24",
        "created_at": session["created_at"],
        "last_seen_at": session["last_seen_at"],
        "current": True,
    }
    for name in ("created_at", "last_seen_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", session[name])
        assert abs(datetime.fromisoformat(session[name]) - datetime.now(UTC)) < timedelta(minutes=5)


def test_sessions_are_listed_to_their_person_alone_and_the_last_seen_first(api, credentials):
    log_in(api, register(api))  # a stranger
    answers = [log_in(api, credentials, **{"User-Agent": f"program/{number}"}) for number in range(3)]
    listed = sessions(api, answers[0])
    assert [session["device"] for session in listed] == ["program 2", "program 1", "program 0"]
    assert [session["current"] for session in listed] == [False, False, True]


# Ending


def test_a_session_that_is_ended_is_out_at_the_next_request_and_the_others_stay(api, credentials):
    lost, kept, own = (log_in(api, credentials) for _ in range(3))
    assert is_good(api, lost)  # so that Redis knows it
    assert api.delete(f"auth/sessions/{own_id(api, lost)}", headers=bearer(own)).status_code == 204
    assert not is_good(api, lost)
    assert is_good(api, kept)
    assert len(sessions(api, own)) == 2


def test_ending_all_others_says_how_many_and_leaves_the_one_that_asks(api, credentials):
    others, own = [log_in(api, credentials) for _ in range(3)], log_in(api, credentials)
    assert all(is_good(api, answer) for answer in others)
    response = api.delete("auth/sessions", headers=bearer(own))
    assert (response.status_code, response.json()) == (200, {"ended": 3})
    assert [is_good(api, answer) for answer in others] == [False] * 3
    assert [session["current"] for session in sessions(api, own)] == [True]
    assert api.delete("auth/sessions", headers=bearer(own)).json() == {"ended": 0}


def test_logging_out_ends_the_session_that_asks_and_no_other(api, credentials):
    own, other = log_in(api, credentials), log_in(api, credentials)
    assert is_good(api, own)
    assert api.post("auth/logout", headers=bearer(own)).status_code == 204
    assert not is_good(api, own)
    assert refusal(api.post("auth/logout", headers=bearer(own))) == INVALID
    assert is_good(api, other)


def test_one_can_end_the_session_that_asks_by_its_id(api, credentials):
    own = log_in(api, credentials)
    assert api.delete(f"auth/sessions/{own_id(api, own)}", headers=bearer(own)).status_code == 204
    assert not is_good(api, own)


def test_somebody_elses_session_an_unknown_one_and_one_that_has_ended_are_the_same_404(api, credentials):
    own, ended, stranger = log_in(api, credentials), log_in(api, credentials), log_in(api, register(api))
    ended_id = own_id(api, ended)
    api.post("auth/logout", headers=bearer(ended))
    refusals = [
        api.delete(f"auth/sessions/{session_id}", headers=bearer(own))
        for session_id in (own_id(api, stranger), uuid.uuid4(), ended_id)
    ]
    assert [refusal(answer) for answer in refusals] == [NOT_THERE] * 3
    assert is_good(api, stranger)
    assert is_good(api, own)


@pytest.mark.parametrize(
    "session_id", ["x", "0", "%00", "..", "6f1c3a52-9b0e-4d57-8c41-2e7a90d5b318".upper(), "1;DROP TABLE"]
)
def test_what_is_no_id_is_a_404(api, credentials, session_id):
    own = log_in(api, credentials)
    response = api.delete(f"auth/sessions/{session_id}", headers=bearer(own))
    assert refusal(response)[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "auth/sessions"),
        ("DELETE", "auth/sessions"),
        ("DELETE", "auth/sessions/6f1c3a52-9b0e-4d57-8c41-2e7a90d5b318"),
        ("POST", "auth/logout"),
    ],
)
def test_strangers_are_asked_to_log_in(api, method, path):
    assert refusal(api.request(method, path))[:2] == (401, "not_authenticated")


# From elsewhere


def in_another_process(server, code):
    """Do something to the people of the server's database as a command does."""
    imports = (
        "from accounts.models import User; from accounts.services.sessions import *; from accounts.models import *"
    )
    return manage({"DATABASE_URL": server.database}, "shell", "--no-imports", "-c", f"{imports}\n{code}")


@pytest.mark.parametrize(
    "change",
    [
        "person.is_active = False; person.save()",
        "from django.utils import timezone; person.suspended_at = timezone.now(); person.save()",
        "person.delete()",
        "end_sessions(person=person, reason=Session.End.OPERATOR)",
    ],
    ids=["not active", "suspended", "deleted", "ended by an operator"],
)
def test_what_a_command_does_to_a_person_is_true_at_the_next_request(over, api, credentials, change):
    answer = log_in(api, credentials)
    assert is_good(api, answer)
    in_another_process(over, f"person = User.objects.get(username_key='{credentials['username']}')\n{change}")
    assert not is_good(api, answer)
    refreshed = api.post("auth/refresh", json={"refresh_token": answer["refresh_token"]})
    assert refusal(refreshed)[:2] == (401, "invalid_refresh_token")


@pytest.fixture(scope="module")
def another(postgres_url, tmp_path_factory):
    """A second server on the same parts, as on another machine."""
    with running_server(tmp_path_factory.mktemp("another"), DATABASE_URL=postgres_url, WEB_CONCURRENCY="1") as server:
        yield server


def test_what_is_ended_at_one_server_is_out_at_the_other_at_the_next_request(postgres_server, another):
    with postgres_server.client() as here, another.client() as there:
        credentials = register(here)
        lost, own = log_in(here, credentials), log_in(there, credentials)
        assert is_good(there, lost)
        assert is_good(here, lost)
        assert there.delete(f"auth/sessions/{own_id(here, lost)}", headers=bearer(own)).status_code == 204
        assert not is_good(here, lost)
        assert not is_good(there, lost)
        assert is_good(here, own)


def test_a_browsers_session_stands_in_the_same_list_and_can_be_ended_there(over, api):
    name = f"op{uuid.uuid4().hex[:10]}"
    in_another_process(over, f"User.objects.create_superuser('{name}', 'correct horse battery')")
    answer = log_in(api, {"username": name, "password": "correct horse battery"})
    with httpx.Client(base_url=over.url, headers={"User-Agent": FIREFOX}, timeout=20) as browser:
        browser.get("/admin/login/")
        form = {"username": name, "password": "correct horse battery", "next": "/admin/"}
        submitted = browser.post("/admin/login/", data={**form, "csrfmiddlewaretoken": browser.cookies["csrftoken"]})
        assert submitted.status_code == 302
        assert [browser.get("/admin/").status_code for _ in range(TIMES)] == [200] * TIMES
        (session,) = [session for session in sessions(api, answer) if session["kind"] == "browser"]
        assert (session["device"], session["address_prefix"]) == ("Firefox on Linux", "127.0.0.0/24")
        assert api.delete(f"auth/sessions/{session['id']}", headers=bearer(answer)).status_code == 204
        put_out = browser.get("/admin/")
        assert put_out.status_code == 302
        assert put_out.headers["Location"].startswith("/admin/login/")
    assert [session["kind"] for session in sessions(api, answer)] == ["api"]


# Outages


def test_without_sql_who_is_known_is_served_and_nobody_is_refused_as_unknown(postgres, postgres_server, dead, parts):
    with postgres_server.client() as api:
        credentials = register(api)
        warm, cold = log_in(api, credentials), log_in(api, register(api))
        body = {"recipient": credentials["username"], "content": "hello"}
        assert is_good(api, warm)
        assert api.post("messages/send", json=body, headers=bearer(warm)).status_code == 201
        assert is_good(api, warm)
        with dead(postgres):
            assert is_good(api, warm)
            assert api.post("messages/send", json=body, headers=bearer(warm)).status_code == 201
            questions = [
                lambda: api.get("messages/", headers=bearer(cold)),
                lambda: api.post("auth/login", json=credentials),
                lambda: api.post("auth/refresh", json={"refresh_token": warm["refresh_token"]}),
                lambda: api.get("auth/sessions", headers=bearer(warm)),
                lambda: api.post("auth/logout", headers=bearer(warm)),
            ]
            for question in questions * 2:
                answer = question()
                assert refusal(answer)[:2] == (503, "database_unavailable")
                assert answer.headers["Retry-After"] == "5"
            with dead(parts.valkey):
                assert refusal(api.get("messages/", headers=bearer(warm)))[:2] == (503, "database_unavailable")
        wait_until_settled(postgres_server)
        assert is_good(api, warm)
        assert is_good(api, cold)
        refreshed = api.post("auth/refresh", json={"refresh_token": warm["refresh_token"]})
        assert refreshed.status_code == 200  # nothing was used up


def test_without_redis_a_session_that_is_ended_is_out_at_the_next_request(over, api, credentials, dead, parts):
    lost, own = log_in(api, credentials), log_in(api, credentials)
    lost_id = own_id(api, lost)
    assert is_good(api, lost)
    with dead(parts.valkey):
        assert is_good(api, lost)
        assert api.delete(f"auth/sessions/{lost_id}", headers=bearer(own)).status_code == 204
        assert not is_good(api, lost)
        assert is_good(api, own)
    wait_until_settled(over)
    assert not is_good(api, lost)
    assert is_good(api, own)


def test_a_redis_that_hangs_while_a_session_is_ended_is_wrong_for_60_seconds_at_most(
    over, api, credentials, hanging, parts
):
    lost, own = log_in(api, credentials), log_in(api, credentials)
    lost_id, key = own_id(api, lost), f"sessions:{lost['data']['id']}"
    assert is_good(api, lost)
    with hanging(parts.valkey):
        assert api.delete(f"auth/sessions/{lost_id}", headers=bearer(own)).status_code == 204
        assert not is_good(api, lost)  # SQL is asked
    wait_until_settled(over)
    left = connection.redis().pttl(key)
    assert left <= 60_000
    connection.redis().delete(key)  # as its expiry does, unless it heard of the end after all, when it went on
    assert not is_good(api, lost)
    assert is_good(api, own)


def test_why_a_session_ended_is_kept(over, api, credentials):
    own, ended, left = (log_in(api, credentials) for _ in range(3))
    api.post("auth/logout", headers=bearer(left))
    api.delete(f"auth/sessions/{own_id(api, ended)}", headers=bearer(own))
    person = own["data"]["id"]
    ids = f"'{person}', '{person.replace('-', '')}'"
    kept = ask_sql(
        over, f"SELECT end_reason, ended_at FROM accounts_session WHERE CAST(person_id AS VARCHAR(36)) IN ({ids})"
    )
    assert sorted((reason, at is not None) for reason, at in kept) == [
        ("", False),
        ("ended", True),
        ("logged_out", True),
    ]
