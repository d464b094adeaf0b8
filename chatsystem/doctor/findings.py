"""What is found, and how versions compare."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class Finding:
    """What is so, or what is wrong and how to mend it."""

    level: Level
    message: str
    mend: str = ""


def ok(message: str) -> Finding:
    """Return what is as it should be."""
    return Finding("ok", message)


def warning(message: str, mend: str) -> Finding:
    """Return what may be meant, and may not."""
    return Finding("warning", message, mend)


def failed(message: str, mend: str) -> Finding:
    """Return what keeps the service from working, or from keeping its word."""
    return Finding("failed", message, mend)


def version_of(name: str, version: str, minimum: Sequence[int]) -> Finding:
    """Say whether `version` is at least `minimum`."""
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    if numbers[: len(minimum)] < list(minimum):
        wanted = ".".join(str(number) for number in minimum)
        return failed(f"{name} is version {version or 'unknown'}", f"Install {wanted} or later.")
    return ok(f"{name} {version}")
