"""Load: people who send messages all the while, and the check of what became of them."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpx

from tests.prove.client import Message, Person, api, enter, keys, wait_until
from tests.prove.ledger import ACKNOWLEDGED, UNANSWERED, Finding, Ledger, Sent, View, unexpected_answers
from tests.prove.stage import BACK_WITHIN
from tests.prove.trial import Outcome

PAUSE = 0.01  # seconds between two messages of one sender
AGAIN = 0.1  # seconds until a good client tries again
SENDERS = 8
ENOUGH = 40  # messages that are accepted before each fault: it shall meet people who send
# Seconds after which Cassandra has replayed a batch that was cut off: a node does so some time after its start.
FINISHED_WITHIN = 120
# Seconds: of what is younger than ten a token holds a hundred changes, and the others are told of after that.
SETTLED = 11.0
UNFINISHED = ("half there", "total")  # kinds of findings that this may mend


class Sender(threading.Thread):
    """Sends one message after the other, each with a text of its own and never twice, and keeps what was answered."""

    def __init__(self, url: str, token: str, name: str, recipient: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.url, self.token, self.username, self.recipient, self.stop = url, token, name, recipient, stop
        self.sent: list[Sent] = []
        self.statuses: Counter[int | None] = Counter()

    @property
    def answers(self) -> dict[str, int | None]:
        """What was answered last to each text."""
        return {sent.text: sent.status for sent in self.sent}

    def run(self) -> None:
        with self.client() as client:
            while not self.stop.is_set():
                self.deliver(client, self.next())
                time.sleep(PAUSE)

    def client(self) -> httpx.Client:
        """Return a connection of the sender's own."""
        return api(self.url, self.token)

    def next(self) -> Sent:
        """Write the next message."""
        sent = Sent(self.username, f"{self.username} {len(self.sent)}")
        self.sent.append(sent)
        return sent

    def deliver(self, client: httpx.Client, sent: Sent) -> None:
        """Send a message once."""
        if self.try_to_send(client, sent) is UNANSWERED:
            time.sleep(AGAIN)  # nobody listens just now

    def try_to_send(self, client: httpx.Client, sent: Sent, **headers: str) -> int | None:
        """Send it, and note the answer."""
        body = {"recipient": self.recipient, "content": sent.text}
        status: int | None = UNANSWERED
        try:
            answer = client.post("/messages/send", json=body, headers=headers)
            status = answer.status_code
            if status == ACKNOWLEDGED:
                sent.id = answer.json()["id"]
        except httpx.TransportError:
            pass
        sent.status = status
        self.statuses[status] += 1
        return status


class StubbornSender(Sender):
    """Sends each message with a key, and again until it's accepted, as good clients do."""

    GIVES_UP_AFTER = 90  # seconds for one message

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.keys = keys()

    def deliver(self, client: httpx.Client, sent: Sent) -> None:
        key = next(self.keys)
        deadline = time.monotonic() + self.GIVES_UP_AFTER
        while self.try_to_send(client, sent, **{"Idempotency-Key": key}) != ACKNOWLEDGED:
            if time.monotonic() > deadline:
                return
            time.sleep(AGAIN)


class Follower(threading.Thread):
    """A client that keeps messages: it catches up all the while, from the token that it was given last."""

    EVERY = 1.0  # second

    def __init__(self, person: Person, stop: threading.Event, urls: Iterable[str] = ()) -> None:
        super().__init__(daemon=True)
        self.places = itertools.cycle([person.at(url) for url in urls] or [person])
        self.stop = stop
        self.since = person.sync_token()
        self.messages: list[Message] = []

    def run(self) -> None:
        while not self.stop.wait(self.EVERY):
            self.ask(next(self.places))

    def ask(self, person: Person) -> None:
        """Catch up; where the service is away, the token is as good as before."""
        try:
            messages, self.since = person.news(self.since)
            self.messages += messages
        except (httpx.TransportError, httpx.HTTPStatusError):
            pass


class Load:
    """Several people who send to one as long as the block lasts, and one who only tries whether the service is back."""

    def __init__(self, url: str, *, senders: int = SENDERS, kind: type[Sender] = Sender) -> None:
        self.url = url
        self.stop = threading.Event()
        self.ended = 0.0
        self.recipient, self.probe = enter(url), enter(url)
        self.people = [enter(url) for _ in range(senders)]
        self.since = {person.username: person.sync_token() for person in (self.recipient, *self.people)}
        self.follower = Follower(self.recipient, self.stop)
        self.senders = [
            kind(url, person.token, person.username, self.recipient.username, self.stop) for person in self.people
        ]

    def __enter__(self) -> "Load":
        for thread in (*self.senders, self.follower):
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in (*self.senders, self.follower):
            thread.join(StubbornSender.GIVES_UP_AFTER + BACK_WITHIN)
        self.ended = time.monotonic()

    @property
    def accepted(self) -> int:
        """How many messages were acknowledged so far."""
        return sum(sender.statuses[ACKNOWLEDGED] for sender in self.senders)

    def wait_for(self, more: int, *, seconds: float = BACK_WITHIN) -> None:
        """Return when so many more messages were acknowledged."""
        enough = self.accepted + more
        wait_until(lambda: self.accepted >= enough, seconds=seconds, what=f"{more} messages that are accepted")

    def seconds_until_back(self, since: float, *, within: float = BACK_WITHIN) -> float:
        """Return how long after a moment a message is accepted, one to oneself that nobody counts."""

        def is_accepted() -> bool:
            try:
                return self.probe.send(self.probe.username, "back?").status_code == ACKNOWLEDGED
            except httpx.TransportError:
                return False

        wait_until(is_accepted, seconds=within, what="a message that is accepted again")
        return time.monotonic() - since

    def finish(self, outcome: Outcome) -> Outcome:
        """Compare what was acknowledged with what people are shown; call it behind the block."""
        ledger = Ledger(itertools.chain.from_iterable(sender.sent for sender in self.senders))
        outcome.acknowledged += len(ledger.acknowledged)
        outcome.findings += unexpected_answers(sum((sender.statuses for sender in self.senders), Counter()))
        if len(ledger.acknowledged) < outcome.injected * len(self.senders):
            outcome.findings.append(Finding("load", f"only {len(ledger.acknowledged)} messages were acknowledged"))
        if any(thread.is_alive() for thread in (*self.senders, self.follower)):
            outcome.findings.append(Finding("answer", "some requests are still waited for"))
        outcome.findings += self.compare(ledger)
        return outcome

    def compare(self, ledger: Ledger) -> list[Finding]:
        """Compare at once, and again while Cassandra is still to finish what was cut off and nobody was told of."""
        findings = ledger.compare(self.views())
        certain = [finding for finding in findings if finding.kind not in UNFINISHED]
        deadline = time.monotonic() + FINISHED_WITHIN
        while any(finding.kind == "half there" for finding in findings) and time.monotonic() < deadline:
            time.sleep(5)
            findings = ledger.compare(self.views())
        return certain + [finding for finding in findings if finding not in certain]

    def views(self) -> list[View]:
        """All that the recipient and the senders are shown, once the last changes can be asked for."""
        settle(self.ended)
        self.follower.ask(self.recipient)
        views = [
            *views_of(self.recipient, self.since[self.recipient.username]),
            View("the recipient's client, which followed", texts(self.follower.messages), may_repeat=True),
        ]
        for person in self.people:
            views += views_of(person, self.since[person.username], sender=person.username, peer=self.recipient)
            views.append(
                View(
                    f"the recipient's conversation with {person.username}",
                    texts(self.recipient.conversation(person.username)),
                    sender=person.username,
                )
            )
        return views


def settle(since: float) -> None:
    """Return when catching up tells of everything that was written up to a moment."""
    time.sleep(max(0.0, since + SETTLED - time.monotonic()))


def views_of(
    person: Person, since: str, *, sender: str | None = None, peer: Person | None = None, name: str = ""
) -> list[View]:
    """Return what somebody is shown: the history, with its count, what came since a token, and one conversation."""
    name = name or (f"the sender {person.username}" if sender else "the recipient")
    views = [
        View(f"{name}'s history", texts(person.history()), sender=sender, total=person.total()),
        View(f"{name}'s catching up", texts(person.news(since)[0]), sender=sender, may_repeat=True),
    ]
    if peer:
        views.append(View(f"{name}'s conversation", texts(person.conversation(peer.username)), sender=sender))
    return views


def texts(messages: Iterable[Message]) -> list[tuple[str, str]]:
    """Return the id and the text of each message."""
    return [(message["id"], message["content"]) for message in messages]


def repeat(outcome: Outcome, load: Load, times: int, inject: Callable[[], float], *, waits: Sequence[float]) -> None:
    """Inject a fault so often, and note how long it takes until a message is accepted; `inject` says from when on."""
    for _, wait in zip(range(times), itertools.cycle(waits), strict=False):
        time.sleep(wait)
        load.wait_for(ENOUGH)
        since = inject()
        outcome.injected += 1
        outcome.back.append(load.seconds_until_back(since))
