"""Every example request of the reference is sent to the real server, and answered as the example says.

The examples tell one story, of Alice. Her name is another one here, and so are ids, times and tokens; what the server
answers for an example's id is sent where the example sends that id.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from accounts.api.reference import examples
from messaging.api.reference import examples as messages
from tests.chatsystem.api.reference import examples_of, faults_of, followed, operations, responses
from tests.embedded.waiting import wait_until
from tests.factories import new_name
from tests.mails import delivered, token_in
from tests.server import Server

TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# What differs each time and is sent again: access tokens, ids and tokens of other kinds, places in a history. A place
# is an id of version 1, so that no code of an error is taken for one.
VARYING = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+|[\w-]{34,}|[\w-]{8}[E-H][\w-]{13}")
OPERATIONS = {operation["operationId"]: (path, method, operation) for path, method, operation in operations()}
WITHOUT_EXAMPLES = {"getReference", "readReference"}  # as long as the document; `test_reference` asks for them


class Story:
    """What has been told so far, in the words of the examples and in those of the server."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.told: list[str] = []
        self.known: dict[str, Any] = {name: new_name() for name in ("alice", "bob", "nobody")}
        self.known["alice@example.org"] = f"{self.known['alice']}@example.org"
        self.known[messages.DAY] = datetime.now(ZoneInfo("Europe/Zurich")).date().isoformat()
        self.token = ""
        self.answer: httpx.Response
        self.register(self.known["bob"])

    def tell(self, line: str) -> None:
        """Send an example, and hold the answer against the example and against the schema of its status."""
        name, _, example = line.partition("/")
        path, method, operation = OPERATIONS[name]
        response = self.answer = self.client.request(method, **self.request(path, operation, example))
        status, expected = answer_of(operation, example)
        assert response.status_code == status, f"{line}: {response.text}"
        described = dict(responses(operation))[status]
        for header, holder in described["headers"].items():
            assert header in response.headers or not followed(holder).get("required"), f"{line}: {header}"
        kinds = described.get("content", {"": None})
        content = kinds[response.headers.get("Content-Type", "")]
        if content:
            assert faults_of(response.json(), content["schema"]) == [], line
            self.compare(expected, response.json(), line)
            self.token = response.json().get("token", self.token)
        self.told.append(line)

    def request(self, path: str, operation: dict[str, Any], example: str) -> dict[str, Any]:
        """Return what the example asks for, in the server's words."""
        found = {
            place: {
                parameter["name"]: self.translated(examples_of(parameter)[example])
                for parameter in operation.get("parameters", [])
                if parameter["in"] == place and example in parameter.get("examples", {})
            }
            for place in ("path", "query", "header")
        }
        request: dict[str, Any] = {
            "url": path.removeprefix("/").format(**found["path"]),
            "params": found["query"],
            "headers": found["header"],
        }
        bodies = operation.get("requestBody", {"content": {"application/json": {}}})["content"]["application/json"]
        if example in bodies.get("examples", {}):
            request["json"] = self.translated(examples_of(bodies)[example])
        if "security" in operation:
            request["headers"]["Authorization"] = f"Bearer {self.token}"
        return request

    def translated(self, value: Any) -> Any:
        """Return an example's value in the server's words."""
        if isinstance(value, dict):
            return {name: self.translated(part) for name, part in value.items()}
        return self.known.get(value, value)

    def compare(self, example: Any, actual: Any, where: str) -> None:
        """Fail where the answer isn't the example's; learn what varies, once."""
        if isinstance(example, dict) and isinstance(actual, dict):
            assert example.keys() == actual.keys(), where
            for name in example:
                self.compare(example[name], actual[name], f"{where}.{name}")
        elif isinstance(example, list) and isinstance(actual, list):
            assert len(example) == len(actual), where
            for index, (one, other) in enumerate(zip(example, actual, strict=True)):
                self.compare(one, other, f"{where}[{index}]")
        elif isinstance(example, str) and TIMES.fullmatch(example):
            assert TIMES.fullmatch(actual), where
        elif isinstance(example, str) and VARYING.fullmatch(example):
            assert VARYING.fullmatch(actual), where
            assert self.known.setdefault(example, actual) == actual, where
        elif not where.endswith(".request_id"):
            assert actual == self.translated(example), where

    def register(self, username: str) -> None:
        """Have somebody be there, beside the examples."""
        self.client.post("auth/register", json={"username": username, "password": examples.PASSWORD})


def answer_of(operation: dict[str, Any], example: str) -> tuple[int, Any]:
    """Return the status that an example is answered with, and the body where there is one."""
    for status, response in responses(operation):
        for content in response.get("content", {}).values():
            if example in content.get("examples", {}):
                return status, examples_of(content)[example]
    return min(status for status, _ in responses(operation)), None


def answer(story: Story) -> None:
    """Bob answers Alice's message."""
    credentials = {"username": story.known["bob"], "password": examples.PASSWORD}
    token = story.client.post("auth/login", json=credentials).json()["token"]
    body = {name: story.translated(messages.ANSWER[name]) for name in ("recipient", "content", "reply_to")}
    sent = story.client.post("messages/send", json=body, headers={"Authorization": f"Bearer {token}"})
    story.known[messages.ANSWER["id"]] = sent.json()["id"]


def nothing_new(story: Story) -> None:
    """Alice asks on with the token and the tag of her last answer, and nothing has happened."""
    story.known[messages.SECOND_ETAG] = story.answer.headers["ETag"]
    headers = {"Authorization": f"Bearer {story.token}", "If-None-Match": story.answer.headers["ETag"]}
    response = story.client.get("sync", params={"since": story.answer.json()["next"]}, headers=headers)
    described = dict(responses(OPERATIONS["catchUp"][2]))[304]
    assert (response.status_code, response.content, described.get("content")) == (304, b"", None)
    required = [name for name, holder in described["headers"].items() if followed(holder).get("required")]
    assert sorted(required) == ["ETag", "X-Request-ID"]
    assert set(required) <= {name for name in described["headers"] if name in response.headers}


def elsewhere(story: Story, password: str = examples.PASSWORD) -> str:
    """Alice logs in with her phone; returns its token."""
    credentials = {"username": story.known["alice"], "password": password}
    phone = {"User-Agent": "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"}
    return str(story.client.post("auth/login", json=credentials, headers=phone).json()["token"])


def again(story: Story) -> None:
    """Alice goes on with the phone's session."""
    story.token = elsewhere(story)


def mail(story: Story) -> None:
    """Alice reads her mail, and finds a link."""
    address, old = story.known["alice@example.org"], story.known.get(examples.LINK_TOKEN)

    def links() -> list[str]:
        texts = [message.get_content() for message in delivered(address)]
        return [token_in(text) for text in texts if "/confirm/" in text or "/reset/" in text]

    wait_until(lambda: links() and links()[-1] != old)
    story.known[examples.LINK_TOKEN] = links()[-1]


STORY = (
    "isAlive/alive",
    "isReady/ready",
    "listPasswordRules/rules",
    "register/alice",
    "register/taken",
    "register/short",
    "logIn/wrong",
    "logIn/incomplete",
    "logIn/alice",
    "refresh/next",
    "refresh/unknown",
    "readProfile/new",
    "listLimits/off",
    "catchUp/begin",
    "sendMessage/hello",
    "sendMessage/reused",
    "sendMessage/nobody",
    "sendMessage/blank",
    "listMessages/numbered",
    "listMessages/newest",
    "listMessages/later",
    "listMessages/two_places",
    "listMessages/too_large",
    "getMessage/hello",
    "getMessage/unknown",
    "catchUp/no_token",
    "catchUp/news",
    nothing_new,
    answer,
    "report/message",
    "report/own",
    "report/unknown",
    "report/nobody",
    "report/both",
    "report/person",
    "listReports/newest",
    "listReports/older",
    "countUnread/one",
    "listConversations/unread",
    "listConversations/maybe",
    "getConversation/unread",
    "getConversation/stranger",
    "listConversationMessages/newest",
    "listConversationMessages/older",
    "listConversationMessages/around",
    "listConversationMessages/day",
    "listConversationMessages/nowhere",
    "listConversationMessages/stranger",
    "searchMessages/word",
    "searchMessages/blank",
    "markRead/all",
    "markRead/future",
    "changeConversation/muted",
    "changeConversation/a_word",
    "editMessage/edited",
    "editMessage/theirs",
    "catchUp/more_news",
    "sendMessage/again",  # each try is a line of its own in what happened, so not before
    "markUnread/last",
    "markUnread/no_id",
    "markEverythingRead",
    "deleteMessage/somebody",
    "deleteMessage/theirs",
    "deleteMessage/everyone",
    "editMessage/deleted",
    "deleteMessage/me",
    "deleteMessage/gone",
    "hideConversation/bob",
    "hideConversation/stranger",
    "block/bob",
    "block/nobody",
    "block/self",
    "listBlocks/one",
    "unblock/bob",
    "unblock/nobody",
    "changeProfile/names",
    "changeProfile/nowhere",
    "changeProfile/wrong",
    "changeProfile/email",
    mail,
    "confirmEmail/confirmed",
    "confirmEmail/used",
    elsewhere,
    "listSessions/two",
    "endSession/other",
    "endSession/gone",
    elsewhere,
    "endOtherSessions/others",
    "changePassword/wrong",
    "changePassword/changed",
    "requestPasswordReset/no_address",
    "requestPasswordReset/forgotten",
    mail,
    "resetPassword/short",
    "resetPassword/reset",
    "resetPassword/used",
    again,
    "logOut",
)


@pytest.fixture
def story(server: Server) -> Iterator[Story]:
    with server.client() as client:
        # As the examples show it: a program at an address that is there for examples.
        client.headers.update({"User-Agent": "curl/8.5.0", "X-Forwarded-For": "203.0.113.7"})
        yield Story(client)


def test_every_example_is_answered_as_it_says(story):
    for step in STORY:
        if isinstance(step, str):
            story.tell(step)
        else:
            step(story)
    assert story.told == list(dict.fromkeys(story.told))
    assert set(story.told) == {
        f"{name}/{example}".rstrip("/") for name in OPERATIONS for example in examples_to_send(name)
    }


def test_every_operation_has_an_example():
    assert {name for name in OPERATIONS if not examples_to_send(name)} == WITHOUT_EXAMPLES


def examples_to_send(name: str) -> set[str]:
    """Return the names of an operation's requests: those of its bodies and parameters, and of its answers.

    One that takes and answers nothing has a request without a name.
    """
    _, _, operation = OPERATIONS[name]
    holders = [*operation.get("parameters", []), *operation.get("requestBody", {}).get("content", {}).values()]
    named = {example for holder in holders for example in holder.get("examples", {})}
    _, response = min(responses(operation), key=lambda one: one[0])
    answers = {example for content in response.get("content", {}).values() for example in content.get("examples", {})}
    return named | answers or ({""} if not holders and "content" not in response else set())
