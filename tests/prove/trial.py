"""A trial: one kind of fault, injected a number of times, and what came of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.prove.ledger import Finding
from tests.prove.stage import Stage

LOSSES = ("lost", "doubled", "hidden")


@dataclass
class Outcome:
    """What came of a trial."""

    injected: int = 0  # times
    acknowledged: int = 0  # messages
    back: list[float] = field(default_factory=list)  # seconds until the service was back, each time
    findings: list[Finding] = field(default_factory=list)
    attempts: list["Attempt"] = field(default_factory=list)
    checks: int | None = None  # of pytest's that passed
    seconds: float = 0.0  # that all of it took

    def count(self, kind: str) -> int:
        """How many findings of a kind there are."""
        return sum(finding.kind == kind for finding in self.findings)


@dataclass
class Attempt:
    """Something that is tried many times at once, where only so many may succeed."""

    what: str
    expected: str
    times: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, seen: str) -> None:
        """Note what came of one time."""
        self.times += 1
        self.seen[seen] += 1

    def findings(self) -> list[Finding]:
        """Tell of what was seen instead."""
        return [
            Finding("race", f"{self.what}: {seen}, {times} of {self.times} times, instead of {self.expected}")
            for seen, times in self.seen.items()
            if seen != self.expected
        ]


@dataclass(frozen=True)
class Trial:
    """A trial by its name, which repeats it: `make prove ARGS=<name>`."""

    name: str
    fault: str  # in plain words
    run: Callable[[Stage, int], Outcome]
    times: int = 1  # it is injected in one round
    counted_from: str = ""  # when the seconds begin until the service is back
    limit: int = 240  # seconds for a round; what takes longer hangs, and is a finding
    beside: bool = False  # in processes of its own, beside the other trials
