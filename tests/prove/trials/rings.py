"""A ring of three Cassandra nodes, of which one or two die and come back."""

import time

import httpx

from tests.deploy.ring import PATIENCE
from tests.prove.client import Person, wait_until
from tests.prove.ledger import AWAY, Finding
from tests.prove.load import Load, StubbornSender
from tests.prove.stage import Stage
from tests.prove.trial import Outcome, Trial

SENDERS = 4
SENDS = 4  # that are tried without a quorum
ENOUGH = 60  # messages that are accepted while all is well, and again while a node is away
# Seconds until sends are accepted again. A node counts as lost after 18 times the usual gap between its heartbeats (a
# phi of 8): of 1 s, and of up to 2 s where one has just begun or a machine is busy. Until then a batch may wait for it.
BACK = 90


def lose_one(stage: Stage, times: int) -> Outcome:
    """One node dies under load and comes back, another one each time."""
    outcome = Outcome()
    ring = stage.ring
    with Load(stage.service_on_ring.url, senders=SENDERS, kind=StubbornSender) as load:
        for number in range(times):
            load.wait_for(ENOUGH, seconds=BACK)
            victim = ring.nodes[2 - number % 2]
            victim.kill()
            outcome.injected += 1
            outcome.back.append(load.seconds_until_back(time.monotonic(), within=BACK))
            load.wait_for(ENOUGH, seconds=BACK)
            victim.start()
            victim.wait_ready(PATIENCE)
            load.wait_for(ENOUGH, seconds=BACK)
    wait_until(ring.is_whole, seconds=BACK, what="a ring that is whole again")
    return load.finish(outcome)


def lose_two(stage: Stage, times: int) -> Outcome:
    """Two nodes die under load: every send is refused, health says so, and messages are back when the nodes are."""
    outcome = Outcome()
    ring = stage.ring
    try:
        with Load(stage.service_on_ring.url, senders=SENDERS, kind=StubbornSender) as load:
            for _ in range(times):
                load.wait_for(ENOUGH, seconds=BACK)
                for node in ring.nodes[1:]:
                    node.kill()
                outcome.injected += 1
                outcome.findings += while_away(load.probe)
                for node in ring.nodes[1:]:
                    node.start()
                for node in ring.nodes[1:]:
                    node.wait_ready(PATIENCE)
                outcome.back.append(load.seconds_until_back(time.monotonic(), within=BACK))
                load.wait_for(ENOUGH, seconds=BACK)
        return load.finish(outcome)
    finally:
        stage.end_ring()  # three nodes that the other trials have no use for


def while_away(person: Person) -> list[Finding]:
    """Tell of answers that aren't those of a service whose messages are away."""
    sends = [person.send(person.username, "kept?") for _ in range(SENDS)]
    findings = [
        Finding("answer", f"{answer.status_code} to a send without a quorum")
        for answer in sends
        if answer.status_code != AWAY
    ]
    findings += [
        Finding("answer", "a 503 without Retry-After") for answer in sends if "Retry-After" not in answer.headers
    ]
    health = person.http.get("/health/ready")
    if health.status_code != AWAY or [fault["field"] for fault in health.json()["errors"]] != ["cassandra"]:
        findings.append(Finding("health", f"{health.text} without a quorum"))
    if (me := person.http.get("/users/me")).status_code != httpx.codes.OK:
        findings.append(Finding("answer", f"{me.status_code} to what needs no Cassandra"))
    return findings


TRIALS = [
    Trial(
        "kills-of-one-node",
        "One of three Cassandra nodes is killed under load, and comes back",
        lose_one,
        counted_from="the kill",
        limit=400,
    ),
    Trial(
        "kills-of-two-nodes",
        "Two of three Cassandra nodes are killed under load, and come back",
        lose_two,
        counted_from="their return",
        limit=400,
    ),
]
