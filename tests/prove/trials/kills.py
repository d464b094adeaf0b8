"""Each part and process is killed (SIGKILL) under load, and started again as a service manager does."""

import random
import signal
import time
from collections.abc import Callable

from embedded.parts import Part
from embedded.service import JobWorker
from tests.prove.ledger import Finding
from tests.prove.load import Load, repeat
from tests.prove.stage import Stage, manage, send
from tests.prove.trial import Outcome, Trial

WAITS = (0.2, 0.9, 0.5, 0.7, 0.3)  # seconds of load before each kill
KILLS = 5  # in a round
KILLS_OF_CASSANDRA = 3  # which takes ten seconds each time


def under_load(kill: Callable[[Stage], float]) -> Callable[[Stage, int], Outcome]:
    """Make a trial of a kill, which returns the moment from when on the service's return is counted."""

    def run(stage: Stage, times: int) -> Outcome:
        outcome = Outcome()
        with Load(stage.service.url) as load:
            repeat(outcome, load, times, lambda: kill(stage), waits=WAITS)
        return load.finish(outcome)

    return run


def kill_gunicorn(stage: Stage) -> float:
    """The master alone, whose workers end when they see that it's gone; then it is started again."""
    since = time.monotonic()
    stage.service.kill_master()
    stage.service.start()
    return since


def kill_worker(stage: Stage) -> float:
    """One of gunicorn's workers, which gunicorn replaces."""
    since = time.monotonic()
    send(random.choice(stage.service.workers()), signal.SIGKILL)
    return since


def kill_cassandra(stage: Stage) -> float:
    """Cassandra, which is away for some seconds."""
    kill_part(stage.parts.cassandra)
    return time.monotonic()


def kill_valkey(stage: Stage) -> float:
    """Valkey, whose return nobody needs to wait for."""
    since = time.monotonic()
    kill_part(stage.parts.valkey)
    return since


def kill_part(part: Part) -> None:
    """Kill a part and start it again; return when it answers."""
    part.kill()
    time.sleep(random.uniform(0, 0.5))
    part.start()
    part.wait_ready()


def kill_job_worker(stage: Stage, times: int) -> Outcome:
    """Kill the worker of jobs, which has nothing to do with messages; afterwards it lives."""
    outcome = Outcome()
    environment = stage.service.environment or {}
    worker = stage.ending(JobWorker(logs=stage.new_directory("jobs"), environment=environment))

    def kill() -> float:
        since = time.monotonic()
        worker.kill()
        worker.start()
        return since

    worker.start()
    with Load(stage.service.url) as load:
        repeat(outcome, load, times, kill, waits=(2.0,))
        time.sleep(2)
    if not worker.is_running():
        outcome.findings.append(Finding("ended", f"the worker of jobs ended by itself: {worker.last_words()}"))
    worker.stop()
    manage(environment, "work", "--once")
    return load.finish(outcome)


TRIALS = [
    Trial(
        "kills-of-gunicorn",
        "gunicorn's master is killed under load of eight senders, and started again",
        under_load(kill_gunicorn),
        times=KILLS,
        counted_from="the kill",
    ),
    Trial(
        "kills-of-workers",
        "One of gunicorn's two workers is killed under load",
        under_load(kill_worker),
        times=KILLS,
        counted_from="the kill",
    ),
    Trial(
        "kills-of-cassandra",
        "Cassandra is killed under load, and started again",
        under_load(kill_cassandra),
        times=KILLS_OF_CASSANDRA,
        counted_from="its return",
    ),
    Trial(
        "kills-of-valkey",
        "Valkey is killed under load, and started again",
        under_load(kill_valkey),
        times=KILLS,
        counted_from="the kill",
    ),
    Trial(
        "kills-of-the-job-worker",
        "The worker of jobs is killed under load, and started again",
        kill_job_worker,
        times=KILLS,
        counted_from="the kill",
    ),
]
