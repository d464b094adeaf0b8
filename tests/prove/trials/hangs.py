"""Each part hangs (SIGSTOP) under load, and goes on (SIGCONT): what came late is neither lost nor there twice.

Senders repeat each message with its key until it is accepted, so a write that lands after its time-out would show.
"""

import random
import signal
import time
from collections.abc import Callable

from embedded.processes import Process
from tests.prove.load import Load, StubbornSender, repeat
from tests.prove.stage import Service, Stage, pause, resume, send
from tests.prove.trial import Outcome, Trial

LOAD = (1.0,)  # seconds before each hang
CASSANDRA_HANGS = 6  # seconds, over the 4 s after which a request gives up
OTHERS_HANG = 3  # seconds

Choose = Callable[[Stage], Process]


def hang(service_of: Callable[[Stage], Service], seconds: float, choose: Choose) -> Callable[[Stage, int], Outcome]:
    """Make a trial in which a part hangs, which `choose` returns."""

    def run(stage: Stage, times: int) -> Outcome:
        outcome = Outcome()

        def inject() -> float:
            part = choose(stage)
            pause(part)
            try:
                time.sleep(seconds)
            finally:
                resume(part)
            return time.monotonic()

        with Load(service_of(stage).url, kind=StubbornSender) as load:
            repeat(outcome, load, times, inject, waits=LOAD)
        return load.finish(outcome)

    return run


def hang_worker(stage: Stage, times: int) -> Outcome:
    """One of gunicorn's workers hangs, and those whose requests it has taken wait."""
    outcome = Outcome()

    def inject() -> float:
        worker = random.choice(stage.service.workers())
        send(worker, signal.SIGSTOP)
        try:
            time.sleep(OTHERS_HANG)
        finally:
            send(worker, signal.SIGCONT)
        return time.monotonic()

    with Load(stage.service.url, kind=StubbornSender) as load:
        repeat(outcome, load, times, inject, waits=LOAD)
    return load.finish(outcome)


def shared(stage: Stage) -> Service:
    """The service over SQLite."""
    return stage.service


TRIALS = [
    Trial(
        "hangs-of-cassandra",
        "Cassandra hangs for 6 s under load",
        hang(shared, CASSANDRA_HANGS, lambda stage: stage.parts.cassandra),
        counted_from="its return",
    ),
    Trial(
        "hangs-of-valkey",
        "Valkey hangs for 3 s under load",
        hang(shared, OTHERS_HANG, lambda stage: stage.parts.valkey),
        times=2,
        counted_from="its return",
    ),
    Trial(
        "hangs-of-workers",
        "One of gunicorn's two workers hangs for 3 s under load",
        hang_worker,
        times=2,
        counted_from="its return",
    ),
    Trial(
        "hangs-of-postgresql",
        "PostgreSQL hangs for 3 s under load",
        hang(lambda stage: stage.service_on_postgres, OTHERS_HANG, lambda stage: stage.postgres),
        times=2,
        counted_from="its return",
    ),
]
