"""/auth/password: changing it, and setting one anew that was forgotten."""

import json

import pytest

from tests.contract.talking import INVALID_PAYLOAD, at_once, bearer, faults, log_in, refusal, register
from tests.embedded.waiting import wait_until
from tests.factories import PASSWORD, new_name
from tests.mails import delivered, new_address, token_in
from tests.server import manage, running_server

NEW = "battery staple correct"
ON_ITS_WAY = "If this address belongs to an account, a message with a link is on its way to it."
LINK_INVALID = (400, "link_invalid", "This link is not valid, or not any more. Ask for a new one.")


@pytest.fixture
def api(over):
    with over.client() as client:
        yield client


@pytest.fixture
def credentials(api):
    return register(api)


def token_to(address, *, number=1):
    """Return the secret of the last of so many messages to an address, when they are there."""
    wait_until(lambda: len(delivered(address)) >= number)
    assert len(delivered(address)) == number
    return token_in(delivered(address)[-1].get_content())


def confirmed(api):
    """Register with an address, confirm it, and return what logs in and the address."""
    credentials = {"username": new_name(), "password": PASSWORD}
    address = new_address(credentials["username"])
    assert api.post("auth/register", json={**credentials, "email": address}).status_code == 201
    assert api.post("auth/email/confirm", json={"token": token_to(address)}).status_code == 204
    return credentials, address


def change(api, answer, current=PASSWORD, new=NEW):
    body = {"current_password": current, "new_password": new}
    return api.post("auth/password", json=body, headers=bearer(answer))


def may_log_in(api, credentials, password):
    response = api.post("auth/login", json={**credentials, "password": password})
    assert response.status_code in {200, 401}
    return response.status_code == 200


def test_the_rules_are_told_to_everyone_before_they_are_broken(api):
    response = api.get("auth/password/rules")
    assert response.status_code == 200
    assert response.json() == {
        "rules": [
            "Your password must contain at least 8 characters.",
            "Your password can have 128 characters at most.",
            "Your password can't be one of the 10,000 commonest.",
        ],
        "min_length": 8,
        "max_length": 128,
    }


def test_a_change_keeps_this_session_and_ends_the_others_at_their_next_request(api, credentials):
    mine, other = log_in(api, credentials), log_in(api, credentials)
    for answer in (mine, other):
        assert api.get("auth/sessions", headers=bearer(answer)).status_code == 200
    response = change(api, mine)
    assert (response.status_code, response.content) == (204, b"")
    for _ in range(4):  # whichever worker is asked
        assert api.get("auth/sessions", headers=bearer(mine)).status_code == 200
        assert api.get("auth/sessions", headers=bearer(other)).status_code == 401
    assert api.post("auth/refresh", json={"refresh_token": other["refresh_token"]}).status_code == 401
    assert (may_log_in(api, credentials, NEW), may_log_in(api, credentials, PASSWORD)) == (True, False)


def test_a_wrong_current_password_is_a_400_that_names_the_field_and_nothing_changes(api, credentials):
    mine, other = log_in(api, credentials), log_in(api, credentials)
    response = change(api, mine, "another")
    assert refusal(response) == (400, "wrong_password", "This is not your current password.")
    assert faults(response) == [("current_password", "wrong_password")]
    assert api.get("auth/sessions", headers=bearer(other)).status_code == 200
    assert may_log_in(api, credentials, PASSWORD)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, [("current_password", "required"), ("new_password", "required")]),
        ({"current_password": PASSWORD, "new_password": "short"}, [("new_password", "password_too_short")]),
        ({"current_password": "x" * 129, "new_password": NEW}, [("current_password", "too_long")]),
        (
            {"current_password": None, "new_password": [NEW]},
            [("current_password", "null"), ("new_password", "invalid")],
        ),
    ],
)
def test_what_cannot_be_is_a_400_that_names_the_fields_and_nothing_changes(api, credentials, body, found):
    response = api.post("auth/password", json=body, headers=bearer(log_in(api, credentials)))
    assert refusal(response) == INVALID_PAYLOAD
    assert faults(response) == found
    assert may_log_in(api, credentials, PASSWORD)


def test_only_whoever_is_logged_in_changes_a_password(api):
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert refusal(api.post("auth/password", json=body))[:2] == (401, "not_authenticated")


def test_a_forgotten_password_is_set_by_the_link_in_a_message_and_all_sessions_end(api):
    credentials, address = confirmed(api)
    session = log_in(api, credentials)
    response = api.post("auth/password/forgot", json={"email": address.upper()})
    assert (response.status_code, response.json()) == (202, {"message": ON_ITS_WAY})
    token = token_to(address, number=2)
    response = api.post("auth/password/reset", json={"token": token, "new_password": NEW})
    assert (response.status_code, response.content) == (204, b"")
    assert api.get("auth/sessions", headers=bearer(session)).status_code == 401
    assert (may_log_in(api, credentials, NEW), may_log_in(api, credentials, PASSWORD)) == (True, False)
    assert refusal(api.post("auth/password/reset", json={"token": token, "new_password": PASSWORD})) == LINK_INVALID
    wait_until(lambda: len(delivered(address)) == 3)
    assert delivered(address)[-1]["Subject"] == "Your password was changed"


def test_links_begin_with_the_public_url_whatever_host_the_request_names(over, api):
    _, address = confirmed(api)
    forged = {"Host": "127.0.0.1", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert api.post("auth/password/forgot", json={"email": address}, headers=forged).status_code == 202
    wait_until(lambda: len(delivered(address)) == 2)
    text = delivered(address)[-1].get_content()
    assert f"\n{over.url}/password/reset/" in text
    assert "evil" not in text


def test_an_unknown_address_is_answered_like_a_known_one(api):
    _, known = confirmed(api)
    answers = [api.post("auth/password/forgot", json={"email": email}) for email in (known, new_address(new_name()))]
    shown = [
        (
            answer.status_code,
            answer.content,
            {name: value for name, value in answer.headers.items() if "id" not in name},
        )
        for answer in answers
    ]
    for _, _, headers in shown:
        headers.pop("date")
    assert shown[0] == shown[1]
    assert shown[0][:2] == (202, json.dumps({"message": ON_ITS_WAY}, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    ("email", "code"),
    [("amy", "invalid_email"), ("", "blank"), ("a" * 255 + "@example.org", "too_long"), (1, "invalid")],
)
def test_what_is_no_address_is_a_400(api, email, code):
    response = api.post("auth/password/forgot", json={"email": email})
    assert refusal(response) == INVALID_PAYLOAD
    assert faults(response) == [("email", code)]


@pytest.mark.parametrize("token", ["x", "x" * 43, "é" * 43, "x" * 60_000])
def test_an_unknown_link_is_a_400_like_a_used_one(api, token):
    assert refusal(api.post("auth/password/reset", json={"token": token, "new_password": NEW})) == LINK_INVALID


def test_of_20_resets_with_one_link_at_once_one_wins(over, api):
    credentials, address = confirmed(api)
    api.post("auth/password/forgot", json={"email": address})
    token = token_to(address, number=2)
    new = iter([f"new password {number}" for number in range(20)])
    asked = []

    def reset(client):
        password = next(new)
        response = client.post("auth/password/reset", json={"token": token, "new_password": password})
        asked.append((response.status_code, password))
        return response

    responses = at_once(over, 20, reset)
    assert sorted(response.status_code for response in responses) == [204] + [400] * 19
    assert {refusal(response) for response in responses if response.status_code == 400} == {LINK_INVALID}
    (won,) = [password for status, password in asked if status == 204]
    assert may_log_in(api, credentials, won)


def test_of_two_links_of_one_person_at_once_one_wins(over, api):
    credentials, address = confirmed(api)
    tokens = []
    for number in (2, 3):
        api.post("auth/password/forgot", json={"email": address})
        tokens.append(token_to(address, number=number))
    ours = iter(tokens * 4)

    def reset(client):
        return client.post("auth/password/reset", json={"token": next(ours), "new_password": NEW})

    assert sorted(response.status_code for response in at_once(over, 8, reset)) == [204] + [400] * 7
    assert may_log_in(api, credentials, NEW)


def test_a_person_who_was_suspended_is_sent_nothing_and_answered_alike(tmp_path):
    mail = tmp_path / "mail"
    with running_server(tmp_path, EMAIL_URL=f"filemail:///{mail}") as server, server.client() as api:
        credentials = {"username": new_name(), "password": PASSWORD}
        address = new_address(credentials["username"])
        api.post("auth/register", json={**credentials, "email": address})
        wait_until(lambda: delivered(address, mail))
        token = token_in(delivered(address, mail)[0].get_content())
        assert api.post("auth/email/confirm", json={"token": token}).status_code == 204
        code = f"from accounts.models import User; User.objects.filter(email='{address}').update(is_active=False)"
        manage({"DATABASE_URL": server.database}, "shell", "-c", code)
        response = api.post("auth/password/forgot", json={"email": address})
        assert (response.status_code, response.json()) == (202, {"message": ON_ITS_WAY})
    # A stop waits for what was to be sent, so nothing comes after it.
    assert len(delivered(address, mail)) == 1


def test_a_message_that_waits_is_sent_before_a_stop(tmp_path):
    """The workers are stopped while the messages are still to be written."""
    mail = tmp_path / "mail"
    addresses = [new_address(new_name()) for _ in range(12)]
    with running_server(tmp_path, EMAIL_URL=f"filemail:///{mail}") as server, server.client() as api:
        for address in addresses:
            body = {"username": new_name(), "password": PASSWORD, "email": address}
            assert api.post("auth/register", json=body).status_code == 201
        server.process.terminate()
        assert server.process.wait(30) == 0
    assert [len(delivered(address, mail)) for address in addresses] == [1] * 12


def test_requests_about_forgotten_passwords_are_limited_by_address(tmp_path):
    with running_server(tmp_path, RATE_LIMITS="yes", RATE_LIMIT_RESET="2/60") as server, server.client() as api:
        address = new_address(new_name())
        answers = [api.post("auth/password/forgot", json={"email": address}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]
        assert [answer.headers["RateLimit"].partition(";t=")[0] for answer in answers[:2]] == [
            '"reset";r=1',
            '"reset";r=0',
        ]
        assert refusal(answers[2])[1] == "rate_limited"
        assert 0 < int(answers[2].headers["Retry-After"]) <= 60
        assert api.post("auth/password/forgot", json={"email": new_address(new_name())}).status_code == 202


def test_a_link_of_an_operator_works_where_no_e_mail_is_set_up(server):
    with server.client() as api:
        credentials = register(api)
        printed = manage({"DATABASE_URL": server.database}, "reset_link", credentials["username"], "--json")
        token = json.loads(printed)["link"].rpartition("/")[2]
        assert api.post("auth/password/reset", json={"token": token, "new_password": NEW}).status_code == 204
        assert may_log_in(api, credentials, NEW)


def test_the_log_of_the_real_server_has_neither_a_links_secret_nor_an_address(tmp_path):
    mail = tmp_path / "mail"
    environment = {"EMAIL_URL": f"filemail:///{mail}", "LOG_LEVEL": "DEBUG"}
    with running_server(tmp_path, **environment) as server, server.client() as api:
        address = new_address(new_name())
        api.post("auth/register", json={"username": new_name(), "password": PASSWORD, "email": address})
        wait_until(lambda: delivered(address, mail))
        token = token_in(delivered(address, mail)[0].get_content())
        for path in (f"/email/confirm/{token}", f"/password/reset/{token}"):
            assert api.get(f"{server.url}{path}").status_code in {200, 400}
            api.post(f"{server.url}{path}", data={"new_password": NEW})
        assert api.post("auth/email/confirm", json={"token": token}).status_code == 204
        api.post("auth/password/forgot", json={"email": address})
    log = server.log.read_text()
    assert "accounts:confirm-email" in log
    assert token not in log
    assert address not in log
