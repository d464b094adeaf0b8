"""GET and POST /reports."""

import uuid

import pytest

from tests.contract.talking import ask_sql, at_once, bearer, faults, log_in, refusal, register
from tests.factories import new_name

KEYS = [
    "id", "message_id", "username", "category", "words", "created_at", "state", "outcome", "decided_at",
]  # fmt: skip


def report(person, **body):
    return person.post("reports", {"category": "spam", **body})


def reports(person, query=""):
    response = person.get(f"reports{query}")
    assert response.status_code == 200
    return response.json()


@pytest.fixture
def sent(alice, bob):
    """What Alice wrote to Bob."""
    return alice.send(bob.username, "Buy!").json()


def test_a_message_is_reported_and_the_report_is_listed(alice, bob, sent):
    response = report(bob, message_id=sent["id"].upper(), words="Again and again.\n")
    assert response.status_code == 201
    told = response.json()
    assert list(told) == KEYS
    assert told == {
        "id": str(uuid.UUID(told["id"])),
        "message_id": sent["id"],
        "username": alice.username,
        "category": "spam",
        "words": "Again and again.",
        "created_at": told["created_at"],
        "state": "open",
        "outcome": None,
        "decided_at": None,
    }
    assert reports(bob) == {"reports": [told], "older": None}
    assert reports(alice) == {"reports": [], "older": None}


def test_a_person_is_reported(alice, bob):
    told = report(bob, username=alice.username.upper(), category="harassment", message_id=None).json()
    assert (told["message_id"], told["username"], told["words"]) == (None, alice.username, "")
    assert reports(bob)["reports"] == [told]


def test_a_report_that_is_repeated_is_answered_with_the_first(alice, bob, sent):
    for body in ({"message_id": sent["id"]}, {"username": alice.username}):
        first = report(bob, **body)
        again = report(bob, **body, category="other", words="again")
        assert (again.status_code, again.json()) == (201, first.json())
    assert len(reports(bob)["reports"]) == 2


def test_a_strangers_an_unknown_and_a_removed_message_are_alike(alice, bob, enter, sent):
    assert bob.api.delete(f"messages/{sent['id']}", headers=bob.headers).status_code == 204
    answers = [
        report(enter(), message_id=sent["id"]),
        report(bob, message_id=sent["id"]),
        report(bob, message_id=str(uuid.uuid1())),
        report(bob, message_id=str(uuid.uuid4())),
    ]
    for answer in answers:
        assert refusal(answer) == (404, "message_not_found", "There is no such message.")
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert bodies == bodies[:1] * 4
    assert reports(bob)["reports"] == []


def test_the_reported_learn_nothing(alice, bob, sent):
    before = alice.history()
    report(bob, message_id=sent["id"])
    report(bob, username=alice.username)
    assert alice.history() == before
    assert alice.get(f"messages/{sent['id']}").json() == sent
    assert alice.send(bob.username, "hello").status_code == 201
    assert reports(alice)["reports"] == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("message_id", "exclusive")),
        ({"message_id": None, "username": None}, ("message_id", "exclusive")),
        ({"message_id": "1d8c2f0a-c92f-11f0-9d0c-6b1f6f0e2d11", "username": "bob"}, ("message_id", "exclusive")),
        ({"message_id": "nonsense"}, ("message_id", "invalid")),
        ({"message_id": 7.5}, ("message_id", "invalid")),
        ({"username": 7}, ("username", "invalid")),
        ({"username": ""}, ("username", "blank")),
        ({"username": "bob", "category": None}, ("category", "null")),
        ({"username": "bob", "category": "dull"}, ("category", "invalid_choice")),
        ({"username": "bob", "category": 1}, ("category", "invalid")),
        ({"username": "bob", "words": None}, ("words", "null")),
        ({"username": "bob", "words": ["x"]}, ("words", "invalid")),
        ({"username": "bob", "words": "x" * 1_001}, ("words", "too_long")),
        ({"username": "bob", "words": "a\x1bb"}, ("words", "control_character")),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_its_field(anybody, body, fault):
    response = report(anybody, **body)
    assert refusal(response)[:2] == (400, "invalid_payload")
    assert faults(response) == [fault]


def test_a_category_must_be_given(anybody):
    assert faults(anybody.post("reports", {"username": "bob"})) == [("category", "required")]


def test_nobody_reports_themselves_nor_somebody_who_is_not_there(alice, bob, sent):
    assert refusal(report(alice, message_id=sent["id"]))[:2] == (400, "cannot_report_yourself")
    assert refusal(report(alice, username=alice.username.upper()))[:2] == (400, "cannot_report_yourself")
    response = report(alice, username=new_name())
    assert (refusal(response)[:2], faults(response)) == ((404, "person_not_found"), [("username", "person_not_found")])
    assert reports(alice)["reports"] == []


def test_reports_come_page_by_page(alice, bob):
    told = [report(bob, message_id=alice.send(bob.username, f"{number}").json()["id"]).json() for number in range(3)]
    page = reports(bob, "?limit=2")
    assert page == {"reports": [told[2], told[1]], "older": told[1]["id"]}
    assert reports(bob, f"?before={page['older']}") == {"reports": [told[0]], "older": None}
    for query, fault in (
        ("?limit=0", ("limit", "out_of_range")),
        ("?limit=101", ("limit", "out_of_range")),
        ("?limit=x", ("limit", "invalid")),
        ("?before=x", ("before", "invalid_cursor")),
        (f"?before={uuid.uuid4()}", ("before", "invalid_cursor")),
    ):
        response = bob.get(f"reports{query}")
        assert (refusal(response)[:2], faults(response)) == ((400, "invalid_query"), [fault])
    assert faults(alice.get(f"reports?before={told[0]['id']}")) == [("before", "invalid_cursor")]


def test_reports_are_for_those_who_have_logged_in(api, anybody):
    for method in ("GET", "POST"):
        assert refusal(api.request(method, "reports"))[:2] == (401, "not_authenticated")
    response = api.delete("reports", headers=anybody.headers)
    assert refusal(response)[:2] == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, POST"


def test_of_16_reports_at_once_by_two_people_one_case_and_two_reports_remain(over):
    with over.client() as client:
        reported, *reporters = (register(client) for _ in range(3))
        headers = [bearer(log_in(client, one)) for one in reporters]
        turns = iter([0, 1] * 8)
        body = {"username": reported["username"], "category": "spam"}
        answers = at_once(over, 16, lambda one: one.post("reports", json=body, headers=headers[next(turns)]))
        assert [answer.status_code for answer in answers] == [201] * 16
        assert len({answer.json()["id"] for answer in answers}) == 2
    of_cases = f"FROM moderation_case WHERE person = '{reported['username']}'"
    assert ask_sql(over, f"SELECT COUNT(*) {of_cases}") == [(1,)]
    assert ask_sql(over, f"SELECT COUNT(*) FROM moderation_report WHERE case_id IN (SELECT id {of_cases})") == [(2,)]


def test_of_8_reports_of_one_message_at_once_one_remains(over):
    with over.client() as client:
        spammer, reporter = register(client), register(client)
        body = {"recipient": reporter["username"], "content": "Buy!"}
        sent = client.post("messages/send", json=body, headers=bearer(log_in(client, spammer))).json()
        headers = bearer(log_in(client, reporter))
        body = {"message_id": sent["id"], "category": "spam"}
        answers = at_once(over, 8, lambda one: one.post("reports", json=body, headers=headers))
        assert [answer.status_code for answer in answers] == [201] * 8
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert len(client.get("reports", headers=headers).json()["reports"]) == 1
