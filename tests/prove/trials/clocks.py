"""Two servers over the same parts, whose clocks are five seconds apart: no order of arrival changes the end."""

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from tests.prove.client import Person, enter
from tests.prove.ledger import ACKNOWLEDGED, Finding, Ledger, Sent, View
from tests.prove.load import Follower, settle, texts, views_of
from tests.prove.stage import Stage
from tests.prove.trial import Outcome, Trial

APART = 5.0  # seconds, as much as is promised
PAIRS = 3  # of people who write to each other
MESSAGES = 60  # of each person in a round
EDITED, DELETED = 3, 5  # of so many messages one is edited, or deleted for everyone


@dataclass
class Writer:
    """Somebody who sends by both servers in turn, and changes each message by the other one."""

    person: Person
    peer: Person
    servers: Sequence[str]
    sent: list[Sent] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def write(self, messages: int) -> None:
        """Send, edit and delete."""
        here = [self.person.at(url) for url in self.servers]
        for number, (one, other) in zip(range(messages), itertools.cycle([here, here[::-1]]), strict=False):
            sent = Sent(self.person.username, f"{self.person.username} {number}")
            answer = one.send(self.peer.username, sent.text)
            sent.status = answer.status_code
            self.check(answer, ACKNOWLEDGED)
            sent.id = answer.json().get("id")
            self.sent.append(sent)
            if number % EDITED == 0:
                sent.text = f"{sent.text}, edited"
                self.check(other.http.patch(f"/messages/{sent.id}", json={"content": sent.text}), httpx.codes.OK)
            if number % DELETED == 0:
                sent.text = ""
                deleted = other.http.delete(f"/messages/{sent.id}", params={"for": "everyone"})
                self.check(deleted, httpx.codes.OK, httpx.codes.NO_CONTENT)

    def check(self, answer: httpx.Response, *expected: int) -> None:
        """Note an answer that isn't the expected one."""
        if answer.status_code not in expected:
            self.findings.append(
                Finding("answer", f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}")
            )


def write_by_both(stage: Stage, times: int) -> Outcome:
    """Have people write by two servers at once, and look at the end from both."""
    environment = {**stage.environment, "DATABASE_URL": stage.new_sqlite()}
    servers = [
        stage.new_service({**environment, "CLOCK_SHIFT": str(shift)}, wsgi="tests.prove.shifted")
        for shift in (-APART / 2, APART / 2)
    ]
    urls = [server.url for server in servers]
    try:
        pairs = [(enter(urls[0]), enter(urls[1])) for _ in range(PAIRS)]
        writers = [Writer(one, other, urls) for pair in pairs for one, other in (pair, pair[::-1])]
        tokens = [[writer.person.at(url).sync_token() for url in urls] for writer in writers]
        stop = threading.Event()
        followers = [Follower(writer.person, stop, urls) for writer in writers]
        threads = [threading.Thread(target=writer.write, args=(MESSAGES * times,), daemon=True) for writer in writers]
        for thread in (*followers, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        stop.set()
        for follower in followers:
            follower.join()
        settle(time.monotonic() + APART)  # by the clock that is behind
        outcome = Outcome(injected=1)
        ledgers = [Ledger([*one.sent, *other.sent]) for one, other in zip(writers[::2], writers[1::2], strict=True)]
        for place, (writer, since, follower) in enumerate(zip(writers, tokens, followers, strict=True)):
            outcome.acknowledged += sum(sent.is_acknowledged for sent in writer.sent)
            outcome.findings += writer.findings
            outcome.findings += ledgers[place // 2].compare(seen_by(writer, since, follower))
            outcome.findings += order_from(writer.person, urls)
        return outcome
    finally:
        for server in servers:
            server.stop()


def seen_by(writer: Writer, tokens: Sequence[str], follower: Follower) -> list[View]:
    """All that somebody is shown, at both servers, and what a client has that followed at both in turn."""
    views = []
    for url, token in zip(writer.servers, tokens, strict=True):
        there = writer.person.at(url)
        follower.ask(there)
        views += views_of(there, token, peer=writer.peer, name=f"{writer.person.username} at {url}")
    kept = {message["id"]: message for message in follower.messages}  # a later one replaces what it had
    views.append(View(f"the client of {writer.person.username}", texts(kept.values())))
    # What came later replaces what came before, there too.
    return [
        View(view.name, [*dict(view.shown).items()], total=view.total) if view.may_repeat else view for view in views
    ]


def order_from(person: Person, urls: Sequence[str]) -> list[Finding]:
    """Tell of orders that differ from server to server, or aren't those of the times that are shown."""
    orders = [[(message["timestamp"], message["id"]) for message in person.at(url).history()] for url in urls]
    if orders[0] != orders[1]:
        return [Finding("order", f"the history of {person.username} is another one at {urls[1]}")]
    times = [moment for moment, _ in orders[0]]
    return [] if times == sorted(times, reverse=True) else [Finding("order", f"the history of {person.username}")]


TRIALS = [
    Trial(
        "clocks-apart",
        "Messages are sent, edited and deleted by two servers in turn, whose clocks are 5 s apart",
        write_by_both,
    )
]
