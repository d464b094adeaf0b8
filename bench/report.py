"""The table."""

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

from bench.load import Figures


@dataclass(frozen=True)
class Aim:
    """A ratio, or a figure, and what it should be."""

    what: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def reached(self) -> bool:
        """Whether it is."""
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    @property
    def wanted(self) -> str:
        """The bounds in words; none where the figure is only there to compare with."""
        match self.at_least, self.at_most:
            case None, None:
                return ""
            case low, None:
                return f"{low:g} or more"
            case None, high:
                return f"{high:g} or less"
            case low, high:
                return f"{low:g} to {high:g}"

    @property
    def verdict(self) -> str:
        """What came of it."""
        if not self.wanted:
            return ""
        return "reached" if self.reached else "**missed**"


@dataclass
class Report:
    """What was measured."""

    cases: dict[str, list[Figures]] = field(default_factory=dict)
    aims: list[Aim] = field(default_factory=list)

    def add(self, name: str, rounds: Sequence[Figures]) -> Figures:
        """Keep the median of several rounds of one case, and return it."""
        middle = {name: median(getattr(one, name) for one in rounds) for name in ("rate", "p50", "p95", "p99", "cpu")}
        figures = Figures(connections=rounds[0].connections, failed=sum(one.failed for one in rounds), **middle)
        self.cases.setdefault(name, []).append(figures)
        return figures

    def as_data(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return {
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "cases": {name: [asdict(one) for one in figures] for name, figures in self.cases.items()},
            "aims": [{**asdict(aim), "reached": aim.reached} for aim in self.aims],
        }

    def as_markdown(self) -> str:
        """Return all of it as two tables."""
        lines = [
            "| case | connections | requests/s | p50 ms | p95 ms | p99 ms | server CPU us/request | failed |",
            "|---|--:|--:|--:|--:|--:|--:|--:|",
        ]
        for name, group in self.cases.items():
            for one in group:
                lines.append(
                    f"| {name} | {one.connections} | {one.rate:,.0f} | {one.p50:.1f} | {one.p95:.1f} | {one.p99:.1f}"
                    f" | {one.cpu:,.0f} | {one.failed} |"
                )
        lines += ["", "| aim | figure | wanted | |", "|---|--:|--:|---|"]
        for aim in self.aims:
            lines.append(f"| {aim.what} | {aim.value:.2f} {aim.unit} | {aim.wanted} | {aim.verdict} |")
        return "\n".join(lines) + "\n"
