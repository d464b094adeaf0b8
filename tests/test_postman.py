"""The Postman collection in docs/postman, played against the running server as it stands there."""

import copy
import json
import re

import httpx
import pytest
from django.urls import get_resolver, resolve

from tests.postman import NotUnderstood, Player, base_36, values_of
from tests.server import ROOT

FOLDER = ROOT / "docs" / "postman"
COLLECTION = json.loads((FOLDER / "chat.postman_collection.json").read_text(encoding="utf-8"))
ENVIRONMENT = json.loads((FOLDER / "chat.postman_environment.json").read_text(encoding="utf-8"))


@pytest.fixture
def play(server):
    """`play(collection)` returns all requests of it, played."""

    def play_all(collection):
        with httpx.Client(timeout=20) as client:
            variables = {**values_of(ENVIRONMENT), "base_url": server.url}
            return list(Player(collection, variables, client).play())

    return play_all


def failures(played):
    return [(one.name, check, one.response.text) for one in played for check, held in one.checks if not held]


def requests_of(parent):
    for item in parent["item"]:
        yield from requests_of(item) if "item" in item else [item]


def test_every_check_of_every_request_holds_and_can_be_repeated(play):
    for _ in range(2):
        played = play(COLLECTION)
        assert failures(played) == []
        assert len(played) == len(list(requests_of(COLLECTION)))
        assert all(any(name.startswith("status ") for name, _ in one.checks) for one in played)
        assert all(len(one.checks) >= 3 for one in played)


def test_every_address_and_every_refusal_of_the_api_is_in_it(play):
    played = play(COLLECTION)
    paths = [one.request.url.path for one in played if one.response.status_code != 404]
    assert {resolve(path).view_name for path in paths} == {
        name for name in get_resolver().reverse_dict if isinstance(name, str) and is_of_the_api(name)
    }
    # The short names of the old service, and both with a slash and without.
    for path in ("auth/register", "register", "auth/login", "login", "messages/send", "send", "messages"):
        assert {f"/api/v1/{path}", f"/api/v1/{path}/"} <= set(paths)
    codes = {one.response.json().get("code") for one in played if one.response.is_error}
    assert codes == {
        "invalid_login",
        "invalid_payload",
        "invalid_query",
        "invalid_token",
        "method_not_allowed",
        "not_authenticated",
        "not_found",
        "payload_too_large",
        "recipient_not_found",
        "username_taken",
    }


def is_of_the_api(name):
    (pattern, *_), *_ = get_resolver().reverse_dict[name][0]
    return pattern.startswith("api/v1/")


def test_an_environment_has_the_names_that_people_must_fill_in():
    assert values_of(ENVIRONMENT) == {"base_url": "http://127.0.0.1:8000", "token": ""}
    assert "getpostman.com/json/collection/v2.1.0/" in COLLECTION["info"]["schema"]


def test_wrong_checks_go_red_each_of_them(play):
    """Every check of the collection is turned into a wrong one, and none of them holds any more."""
    wrong = copy.deepcopy(COLLECTION)
    for one in (wrong, *requests_of(wrong)):
        for event in one["event"]:
            event["script"]["exec"] = [made_wrong(line) for line in event["script"]["exec"]]
    played = play(wrong)
    assert len(played) == len(list(requests_of(COLLECTION)))
    assert [(one.name, check) for one in played for check, held in one.checks if held] == []


def made_wrong(line):
    """Return the line with another expectation; what keeps values stays, so that later requests can be made."""
    line = re.sub(r"have\.status\(\d+\)", "have.status(299)", line)
    line = re.sub(r"to\.eql\(.+\)\);$", 'to.eql("something else"));', line)
    line = re.sub(r"to\.match\(.+\)\);$", "to.match(/^nothing of it$/));", line)
    line = re.sub(r"lengthOf\(\d+\)", "lengthOf(99)", line)
    return re.sub(r'keys\("', 'keys("something_else", "', line)


ANSWER = httpx.Response(
    200, json={"list": [1, "two"], "text": "hello", "no": False, "none": None}, headers={"A-B": "c"}
)


@pytest.mark.parametrize(
    ("check", "holds"),
    [
        ("pm.response.to.have.status(200)", True),
        ("pm.response.to.have.status(201)", False),
        ("pm.expect(pm.response.json().text).to.eql(\"hello\")", True),
        ("pm.expect(pm.response.json().text).to.eql(\"hell\")", False),
        ("pm.expect(pm.response.json().no).to.eql(0)", False),
        ("pm.expect(pm.response.json().no).to.eql(false)", True),
        ("pm.expect(pm.response.json().none).to.eql(null)", True),
        ("pm.expect(pm.response.json().absent).to.eql(null)", False),
        ("pm.expect(pm.response.json().list[1]).to.eql(\"two\")", True),
        ("pm.expect(pm.response.json().list[2]).to.eql(\"two\")", False),
        ("pm.expect(pm.response.json().text.deeper).to.eql(\"hello\")", False),
        ("pm.expect(pm.response.json().list).to.eql([1, \"two\"])", True),
        ("pm.expect(pm.response.json().list).to.eql([\"two\", 1])", False),
        ("pm.expect(pm.response.json().list).to.have.lengthOf(2)", True),
        ("pm.expect(pm.response.json().list).to.have.lengthOf(3)", False),
        ("pm.expect(pm.response.json()).to.have.all.keys(\"list\", \"text\", \"no\", \"none\")", True),
        ("pm.expect(pm.response.json()).to.have.all.keys(\"list\", \"text\")", False),
        ("pm.expect(pm.response.json()).to.include.keys(\"list\", \"text\")", True),
        ("pm.expect(pm.response.json()).to.include.keys(\"list\", \"absent\")", False),
        ("pm.expect(pm.response.json().text).to.match(/^he/)", True),
        ("pm.expect(pm.response.json().text).to.match(/^el/)", False),
        ("pm.expect(pm.response.headers.get(\"A-B\")).to.eql(\"c\")", True),
        ("pm.expect(pm.response.headers.get(\"Absent\")).to.match(/.*/)", False),
        ("pm.expect(pm.response.json().text).to.eql(pm.collectionVariables.get(\"kept\"))", True),
        ("pm.expect(pm.response.json().no).to.eql(pm.environment.get(\"kept\"))", False),
    ],
)  # fmt: skip
def test_a_check_holds_when_it_is_so_and_only_then(check, holds):
    player = Player({"item": []}, {"kept": "hello"}, httpx.Client())
    assert player.holds(check, ANSWER) is holds


@pytest.mark.parametrize(
    "line",
    [
        'console.log("hello");',
        'pm.test("a", () => pm.response.to.be.ok);',
        'pm.test("a", () => pm.expect(1).to.be.above(0));',
        'pm.test("a", () => pm.expect(responseTime).to.eql(3));',
        'pm.test("a", function () { pm.response.to.have.status(200); });',
        'pm.environment.set("token", somewhere);',
        "if (true) {",
    ],
)
def test_a_line_that_is_not_understood_is_an_error_and_never_passed_over(play, line):
    collection = copy.deepcopy(COLLECTION)
    collection["item"][0]["item"][0]["event"][0]["script"]["exec"].append(line)
    with pytest.raises(NotUnderstood):
        play(collection)


def test_a_variable_that_nobody_has_set_is_an_error(play):
    collection = copy.deepcopy(COLLECTION)
    collection["item"] = collection["item"][4:]  # without those that register and log in
    with pytest.raises(NotUnderstood, match="the variable token"):
        play(collection)


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (35, "z"), (36, "10"), (1_795_000_000_000, "mwm0nk74")])
def test_times_are_written_as_javascript_does(number, text):
    assert base_36(number) == text
