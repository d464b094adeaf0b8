"""POST /auth/refresh, over both databases."""

from collections import Counter

import pytest

from tests.contract.talking import INVALID_PAYLOAD, ask_sql, at_once, bearer, faults, log_in, refusal, register
from tests.factories import PASSWORD, new_name

INVALID = (401, "invalid_refresh_token", "The refresh token is not valid. Log in again.")


@pytest.fixture
def api(over):
    with over.client() as client:
        yield client


def refresh(api, token):
    return api.post("auth/refresh", json={"refresh_token": token})


def is_good(api, answer):
    return api.get("auth/sessions", headers=bearer(answer)).status_code == 200


def test_logging_in_answers_what_old_clients_expect_and_a_refresh_token(api):
    credentials = register(api)
    answer = log_in(api, credentials)
    assert list(answer) == ["token", "data", "refresh_token", "expires_in"]
    assert list(answer["data"]) == ["id", "username"]
    assert answer["expires_in"] == 86_400
    assert len(answer["refresh_token"]) == 43


def test_refreshing_answers_as_logging_in_does_and_leaves_the_session_as_it_is(api):
    first = log_in(api, register(api))
    response = refresh(api, first["refresh_token"])
    assert response.status_code == 200
    second = response.json()
    assert second.keys() == first.keys()
    assert second["data"] == first["data"]
    assert second["refresh_token"] != first["refresh_token"]
    assert second["token"] != first["token"]
    (session,) = api.get("auth/sessions", headers=bearer(second)).json()["sessions"]
    assert session["current"]
    assert is_good(api, first)  # its 24 hours aren't over


def test_a_client_that_lost_the_answer_gets_the_same_successor_once_more(api):
    first = log_in(api, register(api))["refresh_token"]
    answers = [refresh(api, first) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 401]
    assert answers[0].json()["refresh_token"] == answers[1].json()["refresh_token"]
    assert refusal(answers[2]) == INVALID
    # Nothing has ended by that: the successor is as good as before.
    assert refresh(api, answers[0].json()["refresh_token"]).status_code == 200


def test_a_token_whose_successor_was_used_ends_the_whole_session(api):
    first = log_in(api, register(api))
    second = refresh(api, first["refresh_token"]).json()
    third = refresh(api, second["refresh_token"]).json()
    assert refusal(refresh(api, first["refresh_token"])) == INVALID
    assert refusal(refresh(api, third["refresh_token"])) == INVALID
    assert [is_good(api, answer) for answer in (first, second, third)] == [False] * 3


def test_other_sessions_outlive_the_end_of_a_family(api):
    credentials = register(api)
    first, other = log_in(api, credentials), log_in(api, credentials)
    second = refresh(api, first["refresh_token"]).json()
    refresh(api, second["refresh_token"])
    refresh(api, first["refresh_token"])
    (session,) = api.get("auth/sessions", headers=bearer(other)).json()["sessions"]
    assert session["current"]
    assert refresh(api, other["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    "token",
    ["x", "x" * 43, "x" * 60_000, "\u202e", "é" * 43, "' OR 1=1 --", " "],
    ids=["short", "unknown", "long", "bidi", "not ASCII", "SQL", "blank"],
)
def test_what_was_never_a_token_is_a_401(api, token):
    assert refusal(refresh(api, token)) == INVALID


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("refresh_token", "required")),
        ({"refresh_token": ""}, ("refresh_token", "blank")),
        ({"refresh_token": None}, ("refresh_token", "null")),
        ({"refresh_token": 7}, ("refresh_token", "invalid")),
        ({"refresh_token": "a\0b"}, ("refresh_token", "null_characters_not_allowed")),
        ([], ("", "invalid")),
    ],
    ids=str,
)
def test_a_body_of_another_shape_is_a_400(api, body, fault):
    response = api.post("auth/refresh", json=body)
    assert refusal(response) == INVALID_PAYLOAD
    assert faults(response) == [fault]


def test_an_access_token_refreshes_nothing_and_a_refresh_token_gives_no_access(api):
    answer = log_in(api, register(api))
    assert refusal(refresh(api, answer["token"])) == INVALID
    assert api.get("messages/", headers=bearer({"token": answer["refresh_token"]})).status_code == 401


def test_after_logging_out_the_refresh_token_is_worth_nothing(api):
    answer = log_in(api, register(api))
    assert api.post("auth/logout", headers=bearer(answer)).status_code == 204
    assert refusal(refresh(api, answer["refresh_token"])) == INVALID


def test_tokens_are_kept_as_hashes_alone(api, over):
    answer = log_in(api, register(api))
    second = refresh(api, answer["refresh_token"]).json()
    kept = str(ask_sql(over, "SELECT * FROM accounts_refreshtoken"))
    assert answer["refresh_token"] not in kept
    assert second["refresh_token"] not in kept


def sessions_with_live_tokens(server, person):
    """Return how each session of a person ended, if it did, and how many of its refresh tokens are unused."""
    ids = f"'{person['id']}', '{person['id'].replace('-', '')}'"  # as PostgreSQL writes it, and as SQLite does
    return ask_sql(
        server,
        "SELECT s.end_reason, SUM(CASE WHEN t.used_at IS NULL THEN 1 ELSE 0 END) FROM accounts_session s"
        " JOIN accounts_refreshtoken t ON t.session_id = s.id"
        f" WHERE CAST(s.person_id AS VARCHAR(36)) IN ({ids}) GROUP BY s.id, s.end_reason",
    )


def test_of_16_refreshes_at_once_two_get_one_successor_and_one_family_with_one_live_token_remains(api, over):
    for _ in range(3):
        first = log_in(api, register(api))
        answers = at_once(over, 16, lambda client, first=first: refresh(client, first["refresh_token"]))
        assert Counter(answer.status_code for answer in answers) == {200: 2, 401: 14}
        (successor,) = {answer.json()["refresh_token"] for answer in answers if answer.status_code == 200}
        assert sessions_with_live_tokens(over, first["data"]) == [("", 1)]
        assert is_good(api, first)
        assert refresh(api, successor).status_code == 200


def test_a_session_that_is_ended_during_refreshes_leaves_nothing_that_is_good(api, over):
    credentials = register(api)
    for _ in range(5):
        first, other = log_in(api, credentials), log_in(api, credentials)
        turns = iter(range(8))

        def ask(client, first=first, other=other, turns=turns):
            if next(turns) == 3:
                return client.delete("auth/sessions", headers=bearer(other))
            return refresh(client, first["refresh_token"])

        answers = at_once(over, 8, ask)
        granted = [answer.json() for answer in answers if answer.status_code == 200 and "token" in answer.json()]
        assert not any(is_good(api, answer) for answer in [first, *granted])
        assert {refresh(api, answer["refresh_token"]).status_code for answer in [first, *granted]} == {401}
        assert is_good(api, other)


def test_of_20_registrations_of_one_name_at_once_one_wins(over):
    name = new_name()
    answers = at_once(
        over, 20, lambda client: client.post("auth/register", json={"username": name, "password": PASSWORD})
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert ask_sql(over, f"SELECT COUNT(*) FROM accounts_user WHERE username_key = '{name}'") == [(1,)]


def test_20_log_ins_at_once_are_20_sessions(api, over):
    credentials = register(api)
    answers = at_once(over, 20, lambda client: client.post("auth/login", json=credentials))
    assert Counter(answer.status_code for answer in answers) == {200: 20}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 20
    sessions = api.get("auth/sessions", headers=bearer(answers[0].json())).json()["sessions"]
    assert len(sessions) == 20
    assert sum(session["current"] for session in sessions) == 1
