"""What attackers send: tokens that aren't ours, texts that break logs or databases, members that nobody gave them."""

import itertools
import json
import os
import time
import uuid

import httpx
import jwt
import pytest

from tests.contract.talking import bearer, faults, log_in, refusal, register
from tests.factories import PASSWORD, new_name
from tests.server import manage, running_server

KEY = os.environ["JWT_SECRET_KEY"]
INVALID = (401, "invalid_token", "The token is not valid. Log in again.")


# Access tokens


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def sign(claims, key=KEY, **options):
    return jwt.encode(claims, key, **{"algorithm": "HS256", **options})


def without(claims, *names):
    return {name: value for name, value in claims.items() if name not in names}


def tampered(token):
    """Yield tokens that were made from a good one without our key."""
    header, payload, signature = token.split(".")
    claims = claims_of(token)
    other = {**claims, "id": str(uuid.uuid4()), "sub": str(uuid.uuid4())}
    yield "alg none", jwt.encode(claims, None, algorithm="none")
    yield "alg none, with the signature", jwt.encode(claims, None, algorithm="none") + signature
    yield "alg None", jwt.utils.base64url_encode(b'{"alg":"None","typ":"JWT"}').decode() + f".{payload}."
    yield "no signature", f"{header}.{payload}."
    yield "another key", sign(claims, "another key that is long enough to be one")
    yield "a guessable key", sign(claims, "secret".ljust(32, "x"))
    yield "another algorithm", sign(claims, KEY.ljust(64, "x"), algorithm="HS512")
    yield "another payload", f"{header}.{sign(other).split('.')[1]}.{signature}"
    yield (
        "a key in the header",
        sign(claims, "x" * 32, headers={"jwk": {"kty": "oct", "k": "eHh4"}, "kid": "../../dev/null"}),
    )
    yield "a changed letter", token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]


def wrongly_signed(token):
    """Yield tokens with our signature that weren't made for this."""
    claims = claims_of(token)
    yield "expired", sign({**claims, "exp": int(time.time()) - 60})
    yield "never expires", sign(without(claims, "exp"))
    yield "not yet", sign({**claims, "nbf": int(time.time()) + 600})
    yield "another audience", sign({**claims, "aud": "another service"})
    yield "no audience", sign(without(claims, "aud"))
    yield "another kind", sign({**claims, "token_type": "refresh"})
    yield "no session, as the old service's", sign(without(claims, "sid"))
    yield "a session that isn't there", sign({**claims, "sid": str(uuid.uuid4())})
    yield "a person who isn't there", sign({**claims, "sub": (nobody := str(uuid.uuid4())), "id": nobody})
    yield "two people", sign({**claims, "id": str(uuid.uuid4())})


def every_protected_address(bob):
    return [
        ("GET", "messages/", None),
        ("POST", "messages/send", {"recipient": bob.username, "content": "forged"}),
        ("GET", "auth/sessions", None),
        ("DELETE", "auth/sessions", None),
        ("DELETE", f"auth/sessions/{uuid.uuid4()}", None),
        ("POST", "auth/logout", None),
        ("GET", "users/me", None),
        ("PATCH", "users/me", {"display_name": "forged"}),
        ("GET", "users/me/limits", None),
        ("GET", "reports", None),
        ("POST", "reports", {"username": bob.username, "category": "spam"}),
    ]


@pytest.mark.parametrize("make", [tampered, wrongly_signed])
def test_a_token_that_is_not_ours_or_not_for_this_opens_nothing_and_does_nothing(api, alice, bob, make):
    for kind, token in make(alice.token):
        for method, path, body in every_protected_address(bob):
            response = api.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
            assert refusal(response) == INVALID, (kind, path)
            assert response.headers["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'
    assert alice.history()["messages"] == bob.history()["messages"] == []


def test_a_token_for_somebody_elses_session_opens_nothing(api, alice, bob):
    claims = claims_of(alice.token)
    mixed = sign({**claims, "sid": claims_of(bob.token)["sid"]})
    assert refusal(api.get("messages/", headers=bearer({"token": mixed}))) == INVALID


def test_a_token_that_was_stolen_is_worth_nothing_once_its_session_has_ended(api):
    credentials = register(api)
    owner, thief = log_in(api, credentials), log_in(api, credentials)
    assert api.get("messages/", headers=bearer(thief)).status_code == 200
    assert api.delete("auth/sessions", headers=bearer(owner)).json() == {"ended": 1}
    assert refusal(api.get("messages/", headers=bearer(thief))) == INVALID
    refreshed = api.post("auth/refresh", json={"refresh_token": thief["refresh_token"]})
    assert refusal(refreshed)[:2] == (401, "invalid_refresh_token")
    assert api.get("messages/", headers=bearer(owner)).status_code == 200


def test_a_refresh_token_that_was_stolen_and_used_is_found_out_when_its_owner_uses_it(api):
    owner = log_in(api, register(api))
    stolen = api.post("auth/refresh", json={"refresh_token": owner["refresh_token"]}).json()
    thief = api.post("auth/refresh", json={"refresh_token": stolen["refresh_token"]}).json()
    assert api.post("auth/refresh", json={"refresh_token": owner["refresh_token"]}).status_code == 401
    for answer in (owner, stolen, thief):
        assert refusal(api.get("messages/", headers=bearer(answer))) == INVALID


# Members that nobody gave them


def test_nobody_gives_themselves_rights_by_members_of_a_body(api, server):
    asked = {"is_staff": True, "is_superuser": True, "is_active": True, "id": str(uuid.uuid4()), "groups": [1]}
    credentials = {"username": new_name(), "password": PASSWORD}
    registered = api.post("auth/register", json={**credentials, **asked, "kind": "browser", "person": 1})
    assert registered.json().keys() == {"id", "username"}
    assert registered.json()["id"] != asked["id"]
    answer = log_in(api, {**credentials, **asked})
    assert answer["data"] == registered.json()
    api.patch("users/me", json={**asked, "username": new_name(), "suspended_until": None}, headers=bearer(answer))
    code = (
        f"from accounts.models import User; one = User.objects.get(username_key='{credentials['username']}')\n"
        "print(one.pk, one.is_staff, one.is_superuser)"
    )
    printed = manage({"DATABASE_URL": server.database}, "shell", "--no-imports", "-c", code)
    assert f"{registered.json()['id']} False False" in printed


# Texts


ODD = {
    "NUL": "a\0b",
    "only NUL": "\0",
    "a line end": "amy\nroot",
    "bidi": "amy\u202etxt",
    "zero width": "a\u200bmy",
    "a look-alike": "\u0430lice",
    "combining marks": "a" + "\u0301" * 15,
    "not a character": "\ufffe",
    "private": "\ue000",
    "unassigned": "\U000e0fff",
    "one that grows": "\ufdfa",
    "SQL": "' OR 1=1; --",
    "a wildcard": "%",
    "a template": "{{7*7}}",
    "emoji": "\U0001f468\u200d\U0001f469",
}


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
def test_an_odd_name_is_refused_or_is_nobody_in_every_database(over, name):
    with over.client() as api:
        answer = api.post("auth/login", json={"username": name, "password": PASSWORD})
        assert refusal(answer)[0] in {400, 401}
        own = log_in(api, register(api))
        for method, path, body in (
            ("POST", "messages/send", {"recipient": name, "content": "hello"}),
            ("PATCH", "users/me", {"email": f"{name}@example.org"}),
            ("PATCH", "users/me", {"time_zone": name}),
            ("PATCH", "users/me", {"language": name}),
            ("PUT", f"users/me/blocks/{httpx.QueryParams({'': name})}".replace("blocks/=", "blocks/"), None),
            ("POST", "auth/password/reset", {"token": name, "new_password": PASSWORD}),
            ("POST", "auth/email/confirm", {"token": name}),
            ("POST", "auth/refresh", {"refresh_token": name}),
        ):
            response = api.request(method, path, json=body, headers=bearer(own))
            assert refusal(response)[0] in {400, 401, 404}, (path, response.text)
        assert api.post("auth/password/forgot", json={"email": f"{name}@example.org"}).status_code in {202, 400}
        registered = api.post("auth/register", json={"username": name, "password": PASSWORD})
        assert registered.status_code in {201, 400, 409}


def test_half_a_surrogate_pair_is_no_json(over):
    with over.client() as api:
        for body in (
            rb'{"username": "\ud800", "password": "correct horse"}',
            b'{"username": "\xed\xa0\x80", "password": "x"}',
        ):
            assert refusal(api.post("auth/login", content=body))[0] == 400


@pytest.mark.parametrize(
    "cookie", [r'"\000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"', "x" * 32, "' OR 1=1 --", "é" * 32], ids=str
)
def test_a_forged_cookie_is_nobody_in_every_database(over, cookie):
    response = httpx.get(f"{over.url}/admin/", headers={"Cookie": f"sessionid={cookie}".encode()}, timeout=20)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    "path", ["/admin/login/?next=%00", "/api/v1/messages/?page=%00", "/%00", "/api/v1/auth/sessions/%00"]
)
def test_nul_in_an_address_is_no_bug(over, path):
    assert httpx.get(f"{over.url}{path}", timeout=20).status_code < 500


USER_AGENTS = [
    b"x" * 7_000,
    "\u202eevil\u200b/1 \u2028FORGED".encode(),
    b"evil/1\x85FORGED\t\xff\xfe",
    "e\u0301".encode() * 500,
    b'{"message": "FORGED"}',
    b"%0d%0aFORGED",
]


def test_what_clients_say_makes_no_second_line_and_no_secret_is_logged(tmp_path):
    """A line for each answer, whatever is in headers and bodies."""
    secrets = []
    with running_server(tmp_path, LOG_FORMAT="json") as server, server.client() as api:
        credentials = register(api)
        asked = 1
        for agent, request_id in itertools.product(
            USER_AGENTS, [b"good-1", b"a b FORGED", b"x" * 65, b"\xe2\x80\xa8FORGED"]
        ):
            headers = {"User-Agent": agent, "X-Request-ID": request_id, "X-Forwarded-For": agent[:200]}
            answer = api.post("auth/login", json=credentials, headers=headers)
            assert answer.status_code == 200
            expected = request_id.decode() if request_id == b"good-1" else answer.headers["X-Request-ID"]
            assert answer.headers["X-Request-ID"] == expected
            assert expected == "good-1" or len(bytes.fromhex(expected)) == 16
            secrets += [answer.json()["token"], answer.json()["refresh_token"]]
            refreshed = api.post("auth/refresh", json={"refresh_token": secrets[-1]}, headers=headers).json()
            secrets += [refreshed["token"], refreshed["refresh_token"]]
            api.post("auth/login", json={"username": "FORGED\n{}", "password": "FORGED\r\nFORGED"}, headers=headers)
            asked += 3
        # What could move a reader's cursor doesn't come further than gunicorn.
        assert api.get("health", headers={"User-Agent": b"\x1b[31mFORGED"}).status_code == 400
        listed = api.get("auth/sessions", headers=bearer(answer.json())).json()["sessions"]
        asked += 1
    assert all(len(session["device"]) <= 80 and session["device"].isprintable() for session in listed)
    text = server.log.read_text()
    assert not [secret for secret in (*secrets, credentials["username"], PASSWORD) if secret in text]
    assert "FORGED" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    answered = [line for line in lines if line["message"] == "answered" and line["route"] != "health"]
    assert len(answered) == asked


def test_an_odd_name_is_told_by_its_field(api):
    response = api.post("auth/register", json={"username": "a\0b", "password": PASSWORD})
    assert faults(response) == [("username", "null_characters_not_allowed")]
