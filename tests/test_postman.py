"""The Postman collection in docs/postman, played against the running server as it stands there."""

import copy
import json
import re
from functools import partial

import httpx
import pytest
from django.urls import get_resolver, resolve

from chatsystem.errors import ChatError
from tests.postman import NotUnderstood, Player, base_36, values_of
from tests.server import ROOT, running_server

FOLDER = ROOT / "docs" / "postman"
COLLECTION = json.loads((FOLDER / "chat.postman_collection.json").read_text(encoding="utf-8"))
EXAMPLE_ID = "1d8c2f0a-c92f-11f0-9d0c-6b1f6f0e2d11"  # a name too, where the address has one
ENVIRONMENT = json.loads((FOLDER / "chat.postman_environment.json").read_text(encoding="utf-8"))


def play_on(server, collection, **headers):
    """Return all requests of a collection, played one after the other; a trusted proxy may add `headers`."""
    with httpx.Client(timeout=20, headers=headers) as client:
        variables = {**values_of(ENVIRONMENT), "base_url": server.url}
        return list(Player(collection, variables, client).play())


@pytest.fixture
def play(server):
    """`play(collection)` returns all requests of it, played."""
    return partial(play_on, server)


@pytest.fixture(scope="module")
def played(server):
    """All requests of the collection, played once."""
    return play_on(server, COLLECTION)


def failures(played):
    return [(one.name, check, one.response.text) for one in played for check, held in one.checks if not held]


def requests_of(parent):
    for item in parent["item"]:
        yield from requests_of(item) if "item" in item else [item]


def test_every_check_of_every_request_holds(played):
    assert failures(played) == []
    assert len(played) == len(list(requests_of(COLLECTION)))
    assert all(any(name.startswith("status ") for name, _ in one.checks) for one in played)
    assert all(len(one.checks) >= 3 for one in played)


def test_it_can_be_played_again_and_again(played, play):
    again = play(COLLECTION)
    assert failures(again) == []
    assert len(again) == len(played)


def test_it_keeps_to_the_limits_that_servers_have_by_default(tmp_path):
    with running_server(tmp_path, RATE_LIMITS="yes") as limited:
        # From a place of its own: other tests use up what this machine may do.
        played = play_on(limited, COLLECTION, **{"X-Forwarded-For": "198.51.100.7"})
    assert failures(played) == []
    assert any("RateLimit" in one.response.headers for one in played)


# Refusals that need another state than a fresh server that is well, each with what it would take.
NOT_PLAYED = {
    "account_suspended": "an operator",
    "registration_closed": "an operator",
    "changed_meanwhile": "a page: the API doesn't say what one saw",
    "case_not_found": "an operator",
    "case_decided": "an operator",
    "case_undecided": "an operator",
    "another_case_open": "an operator",
    "job_not_found": "an operator",
    "job_over": "an operator",
    "nothing_to_retry": "an operator",
    "read_only": "an operator",
    "email_unavailable": "a mailbox",
    "rate_limited": "a server whose limits are on, and a person who is then kept out of all that follows",
    "too_many_blocks": "a thousand people",
    "edit_window_over": "a message of yesterday",
    "sync_token_expired": "a token of a month ago",
    "forbidden": "nothing: what is raised is one of those that derive from it",
    "stale_form": "a page: the API has no forms",
    "unavailable": "an outage",
    "storage_unavailable": "an outage",
    "database_unavailable": "an outage",
    "limits_unavailable": "an outage",
    "not_ready": "an outage",
    "unexpected": "a bug",
}
# What works by a link alone, and links come by e-mail.
WITH_A_MAILBOX = {("password-reset", "POST"), ("email-confirm", "POST")}


def test_all_that_the_api_can_do_is_in_it(played):
    done = {(view_name(one), one.request.method) for one in played if not one.response.is_error}
    assert done == set(methods_of_the_api()) - WITH_A_MAILBOX
    # What can't be done without a mailbox is refused by its own address at least.
    refused = {(view_name(one), one.request.method) for one in played if one.response.status_code == 400}
    assert refused >= WITH_A_MAILBOX
    # The short names of the old service, and both with a slash and without.
    paths = {one.request.url.path for one in played if one.response.status_code != 404}
    for path in ("auth/register", "register", "auth/login", "login", "messages/send", "send", "messages"):
        assert {f"/api/v1/{path}", f"/api/v1/{path}/"} <= paths


def test_every_refusal_of_the_api_is_in_it_or_has_a_reason_not_to_be(played):
    codes = {one.response.json()["code"] for one in played if one.response.is_error}
    assert codes & NOT_PLAYED.keys() == set()
    assert codes | NOT_PLAYED.keys() == {error.code for error in kinds_of(ChatError)}


def test_every_request_says_what_it_is_for():
    for one in [*COLLECTION["item"], *(each["request"] for each in requests_of(COLLECTION))]:
        assert re.fullmatch(r"\S.+[.]", one["description"])


def view_name(played):
    return resolve(played.request.url.path).view_name


def methods_of_the_api():
    for name, patterns in get_resolver().reverse_dict.lists():
        address = patterns[0][0][0][0]
        if isinstance(name, str) and address.startswith("api/v1/"):
            yield from ((name, method) for method in methods_of(address))


def methods_of(address):
    """Yield the methods that a view answers, from any address of it; HEAD comes with GET."""
    view = resolve("/" + re.sub(r"%\(\w+\)s", EXAMPLE_ID, address)).func
    yield from (method.upper() for method in view.actions if method != "head")


def kinds_of(error):
    """Yield all classes that derive from one."""
    for kind in error.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def test_an_environment_has_the_names_that_people_must_fill_in():
    assert values_of(ENVIRONMENT) == {"base_url": "http://127.0.0.1:8000", "token": ""}
    assert "getpostman.com/json/collection/v2.1.0/" in COLLECTION["info"]["schema"]


def test_wrong_checks_go_red_each_of_them(play):
    """Every check of the collection is turned into a wrong one, and none of them holds any more."""
    wrong = copy.deepcopy(COLLECTION)
    for one in (wrong, *wrong["item"], *requests_of(wrong)):
        for event in one.get("event", []):
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
        ("pm.expect(pm.response.text()).to.match(/^{.*}$/)", True),
        ("pm.expect(pm.response.text()).to.eql(\"\")", False),
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
