"""`python -m tests.prove [trial ...]`: injects faults into the real service, and writes down what became of messages.

Without names it runs all trials. The exit status is 1 where anything was found. Ctrl-C ends it in order.
"""

import argparse
import logging
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType

from embedded.guard import guard
from embedded.signals import Stopped, stopping
from tests.prove.ledger import Finding
from tests.prove.report import line, report
from tests.prove.stage import Stage
from tests.prove.trial import Outcome, Trial
from tests.prove.trials import TRIALS, suites

STOPPED = 130  # exit status, as a shell has it for Ctrl-C


class OutOfTime(BaseException):
    """A trial takes longer than it may. No ordinary error, so nothing on the way takes it for one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run trials, print what comes of each, write the report, and return the exit status."""
    asked = parse(arguments)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    trials = [trial for trial in TRIALS if not asked.trials or trial.name in asked.trials]
    began = time.monotonic()
    outcomes: dict[str, Outcome] = {}
    directory = Path(tempfile.mkdtemp(prefix="prove-"))
    guard().remove(directory)
    stage = Stage(directory)

    def play(trial: Trial) -> None:
        outcome = run(trial, stage, asked.rounds)
        if trial.beside and suites.interrupted.is_set():
            return  # it was cut off
        outcomes[trial.name] = outcome
        tell(line(trial, outcome))

    try:
        with stopping(hurry=lambda: None), ThreadPoolExecutor(1) as beside:
            try:
                others = [beside.submit(play, trial) for trial in trials if trial.beside]
                for trial in trials:
                    if not trial.beside:
                        play(trial)
                for other in others:
                    other.result()
            except BaseException:
                beside.shutdown(wait=False, cancel_futures=True)
                suites.interrupt()
                raise
    except Stopped:
        tell("Stopped: what follows is of the trials that ended.")
    finally:
        stage.close()
    results = [(trial, outcomes[trial.name]) for trial in trials if trial.name in outcomes]
    text = report(results, rounds=asked.rounds, seconds=time.monotonic() - began)
    tell(f"\n{text}")
    if len(results) < len(trials):
        return STOPPED
    if asked.report and trials == TRIALS:
        asked.report.parent.mkdir(parents=True, exist_ok=True)
        asked.report.write_text(text)
        tell(f"Written to {asked.report}.")
    return 1 if any(outcome.findings for _, outcome in results) else 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    names = [trial.name for trial in TRIALS]
    parser.add_argument("trials", nargs="*", metavar="TRIAL", help=f"all by default: {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=1, help="how many times the usual number of faults")
    parser.add_argument("--report", type=Path, help="where the report is written when all trials have run")
    asked = parser.parse_args(arguments)
    if unknown := {*asked.trials} - {*names}:
        parser.error(f"no such trial: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if asked.rounds < 1:
        parser.error("--rounds takes a number from 1 on")
    return asked


def run(trial: Trial, stage: Stage, rounds: int) -> Outcome:
    """Run a trial within its time; whatever it raises is a finding, and the next trial begins with all parts there."""
    began = time.monotonic()
    outcome = Outcome()
    try:
        with nullcontext() if trial.beside else within(trial.limit * rounds):
            outcome = trial.run(stage, trial.times * rounds)
    except OutOfTime:
        outcome.findings.append(Finding("time", f"it took over {trial.limit * rounds} s"))
    except TimeoutError as error:
        outcome.findings.append(Finding("late", str(error)))
    except Exception:
        outcome.findings.append(Finding("error", traceback.format_exc()))
    outcome.seconds = time.monotonic() - began
    if outcome.findings and not trial.beside:
        stage.restore()
    return outcome


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raise `OutOfTime` in the block after so many seconds."""

    def end(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def tell(text: str) -> None:
    """Print at once, though a pipe may be what reads it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
