"""Tests of pytest's that take long because they must, in processes of their own, beside the other trials."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

from embedded.guard import guard
from embedded.paths import PROJECT
from tests.prove.ledger import Finding
from tests.prove.stage import Stage
from tests.prove.trial import Outcome, Trial

COUNTS = re.compile(r"(\d+) (passed|failed|error)")
OPTIONS = ("-q", "-p", "no:cacheprovider", "-rfE", "--tb=short")
LIMIT = 900  # seconds for a round
GRACE = 60  # seconds for a run that is cut off to end what it has started
TOLD = 8_000  # characters of what pytest printed, where tests failed

interrupted = threading.Event()
_under_way: list[subprocess.Popen[str]] = []


def interrupt() -> None:
    """End the run that is under way, as Ctrl-C does, and begin no other."""
    interrupted.set()
    for process in list(_under_way):
        process.send_signal(signal.SIGINT)


def suite(*arguments: str, once: bool = False) -> Callable[[Stage, int], Outcome]:
    """Make a trial of tests that pytest runs; `once` in however many rounds."""

    def run(stage: Stage, times: int) -> Outcome:
        outcome = Outcome(checks=0)
        for _ in range(1 if once else times):
            status, printed = run_pytest(*arguments)
            outcome.injected += 1
            counts = {kind: int(number) for number, kind in COUNTS.findall(printed)}
            outcome.checks = (outcome.checks or 0) + counts.get("passed", 0)
            if status or not counts.get("passed"):
                outcome.findings.append(Finding("test", f"pytest ended with {status}:\n{printed[-TOLD:]}"))
        return outcome

    return run


def run_pytest(*arguments: str) -> tuple[int, str]:
    """Run tests; return pytest's status and what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *OPTIONS, *arguments],
        cwd=PROJECT,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a terminal's Ctrl-C is ours to pass on
    )
    guard().watch(process.pid)
    _under_way.append(process)
    if interrupted.is_set():
        process.send_signal(signal.SIGINT)
    try:
        printed, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        try:
            printed, _ = process.communicate(timeout=GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            printed, _ = process.communicate()
    finally:
        _under_way.remove(process)
        guard().forget(process.pid)
    return process.returncode, printed


TRIALS = [
    Trial(
        "fresh-clone",
        "Everything that the README says, in a fresh clone with nothing installed",
        suite("-p", "no:randomly", "tests/prove/test_fresh_clone.py", once=True),
        beside=True,
    ),
    Trial(
        "deaths-at-each-point",
        "A process that sends, redacts or does a job kills itself at each point of its work",
        suite(
            "tests/prove/test_killed_sends.py",
            "tests/prove/test_killed_redactions.py",
            "tests/prove/test_killed_jobs.py",
        ),
        beside=True,
    ),
    Trial(
        "stops",
        "gunicorn is told to stop, to renew its workers, or to start while nodes are away",
        suite("tests/prove/test_graceful_stops.py"),
        beside=True,
    ),
]
