"""A redacted text is nowhere, at once: the real server with two workers is asked, its stores are looked through."""

import json
from dataclasses import dataclass

import httpx
import pytest

from bench.databases import using
from chatsystem.jobs.models import Job
from tests.contract.browsers import open_browser
from tests.contract.talking import ask_sql, newcomer
from tests.moderation.making import found_in_cassandra, found_in_redis, found_in_sql
from tests.server import manage

TIMES = 4  # requests for each address, so that both workers answer
REASON = ("--reason", "rule 1")


@dataclass(frozen=True)
class Reader:
    """One of two people who have a message: by the API and in a browser. `since` is from before it was sent."""

    username: str
    api: httpx.Client
    browser: httpx.Client
    since: str

    def addresses(self, peer, message_id):
        """Every address that shows a message, in whole or in part: of the API, then of the pages."""
        for path in (
            *("messages/", "messages/?page=1&pageSize=10", f"messages/?around={message_id}", f"messages/{message_id}"),
            *("conversations", f"conversations/{peer}", f"conversations/{peer}/messages"),
            *(f"messages/search?q={self.wanted}", f"sync?since={self.since}"),
        ):
            yield self.api, str(self.api.base_url.join(path))
        for path in (
            *("/inbox", "/inbox/all", f"/with/{peer}", f"/search?q={self.wanted}"),
            *(f"/message/{message_id}", f"/message/{message_id}/actions"),
        ):
            yield self.browser, str(self.browser.base_url.join(path))

    # A word of the text that is looked for; a page of results repeats what was asked.
    wanted = "Buy"

    def shown_at(self, text, peer, message_id):
        """The addresses at which a text is shown by any worker."""
        found = set()
        for client, url in self.addresses(peer, message_id):
            for _ in range(TIMES):
                answer = client.get(url, follow_redirects=True)
                assert answer.status_code == 200, url
                if text in answer.text:
                    found.add(url)
        return found


def enter(server):
    """Somebody who has registered and logged in, in both ways."""
    api = server.client()
    person = newcomer(api)
    api.headers.update(person.headers)
    browser = open_browser(server, person.username).api
    browser.event_hooks = {}  # it looks at pages, not at answers of the API
    return Reader(person.username, api, browser, api.get("sync").json()["next"])


@pytest.fixture
def people(server):
    """Somebody who writes, and who gets it."""
    entered = [enter(server) for _ in range(2)]
    yield entered
    for one in entered:
        one.api.close()
        one.browser.close()


def post(person, path, **body):
    answer = person.api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def by_command(server, message_id, writer):
    """Redact one message."""
    report = manage(server.environment, "redact", "message", message_id, "--of", writer.username, *REASON, "--json")
    assert json.loads(report)["changed"]


def by_job(server, message_id, writer):
    """Redact all that somebody wrote, and have a worker of its own do it."""
    report = json.loads(manage(server.environment, "redact", "range", writer.username, *REASON, "--json"))
    with using(server.database):
        Job.objects.filter(pk=report["job"]).update(run_at="2026-01-01T00:00Z")  # it waits for what is under way
    manage(server.environment, "work", "--once")
    assert ask_sql(server, f"SELECT state, done FROM chatsystem_job WHERE id = {report['job']}") == [("done", 1)]


def found_in_stores(server, text):
    """The tables of Cassandra and of SQL, and the keys of Redis, that have a text in them."""
    with using(server.database):
        return [*found_in_cassandra(text), *found_in_redis(text), *found_in_sql(text)]


@pytest.mark.parametrize("redact", [by_command, by_job], ids=["command", "job"])
def test_a_redacted_text_is_nowhere_but_in_the_evidence(server, people, redact, django_db_blocker):
    writer, reader = people
    text = f"at {writer.username}.example!"  # behind the word that pages of results mark
    sent = post(writer, "messages/send", recipient=reader.username, content="Hello.")
    changed = writer.api.patch(f"messages/{sent['id']}", json={"content": f"Buy {text}"})
    assert changed.status_code == 200
    post(reader, "reports", message_id=sent["id"], category="spam")
    pairs = ((writer, reader), (reader, writer))
    with django_db_blocker.unblock():
        for person, peer in pairs:
            everywhere = {url for _, url in person.addresses(peer.username, sent["id"])}
            assert person.shown_at(text, peer.username, sent["id"]) == everywhere
        before = found_in_stores(server, text)
        assert {"timeline", "Evidence"} < set(before)
        assert any(isinstance(place, bytes) for place in before)

        redact(server, sent["id"], writer)
        assert found_in_stores(server, text) == ["Evidence"]
        for person, peer in pairs:
            assert person.shown_at(text, peer.username, sent["id"]) == set()
        # What was read meanwhile brought nothing back.
        assert found_in_stores(server, text) == ["Evidence"]
