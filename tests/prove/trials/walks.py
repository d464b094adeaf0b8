"""A large inbox is walked to its end, both ways, while others write into it."""

import threading
from collections.abc import Iterable, Sequence
from typing import TypeVar

from tests.prove.client import Message, enter
from tests.prove.ledger import Finding, Ledger, View
from tests.prove.load import Sender, texts
from tests.prove.stage import BACK_WITHIN, Stage
from tests.prove.trial import Outcome, Trial

MESSAGES = 4_000  # a round: 100,000 in 25
FILLERS = 6  # who send at once
WRITERS = 4  # who go on meanwhile

S = TypeVar("S", bound=Sender)


class Filler(Sender):
    """Sends `number` messages as fast as it can."""

    number = 0

    def run(self) -> None:
        with self.client() as client:
            for _ in range(self.number):
                self.deliver(client, self.next())


def walk(stage: Stage, times: int) -> Outcome:
    """Fill an inbox, then walk through it in both directions while others write."""
    url, stop = stage.service.url, threading.Event()
    owner = enter(url)

    def new(kind: type[S]) -> S:
        person = enter(url)
        return kind(url, person.token, person.username, owner.username, stop)

    fillers = [new(Filler) for _ in range(FILLERS)]
    for place, filler in enumerate(fillers):
        filler.number = len(range(place, MESSAGES * times, FILLERS))
        filler.start()
    for filler in fillers:
        filler.join()
    writers = [new(Sender) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        before = [sent for sender in (*fillers, *writers) for sent in sender.sent if sent.is_acknowledged]
        walks = {"downwards": list(owner.history()), "upwards": list(owner.history_upwards())}
    finally:
        stop.set()
        for writer in writers:
            writer.join(BACK_WITHIN)
    ledger = Ledger(sent for sender in (*fillers, *writers) for sent in sender.sent)
    outcome = Outcome(injected=len(walks), acknowledged=len(ledger.acknowledged))
    for name, messages in walks.items():
        outcome.findings += missing(name, messages, [sent.id for sent in before if sent.id])
        outcome.findings += out_of_order(name, messages)
    outcome.findings += ledger.compare([View("the inbox", texts(owner.history()), total=owner.total())])
    return outcome


def missing(name: str, messages: Sequence[Message], ids: Iterable[str]) -> list[Finding]:
    """Tell of what was acknowledged before a walk began and isn't in it, and of what is in it twice."""
    shown = [message["id"] for message in messages]
    holes = {*ids} - {*shown}
    findings = [Finding("hidden", f"{hole} is not in the walk {name}") for hole in sorted(holes)]
    if len(shown) > len({*shown}):
        findings.append(Finding("doubled", f"the walk {name} has {len(shown) - len({*shown})} messages again"))
    return findings


def out_of_order(name: str, messages: Sequence[Message]) -> list[Finding]:
    """Tell of a walk that goes back in time, or forth."""
    times = [message["timestamp"] for message in messages]
    return [] if times == sorted(times, reverse=name == "downwards") else [Finding("order", f"of the walk {name}")]


TRIALS = [
    Trial(
        "long-walks",
        f"An inbox of {MESSAGES:,} messages a round is walked to its end, both ways, while four write into it",
        walk,
        limit=400,
    )
]
