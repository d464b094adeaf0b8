"""Waiting for other processes."""

import time
from pathlib import Path

import pytest


def read_until(process, text, *, seconds=60):
    """Return the lines that a process prints, up to the one that contains `text`."""
    lines = []
    deadline = time.monotonic() + seconds
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if text in line:
            return lines
        assert time.monotonic() < deadline, lines
    pytest.fail(f"ended without {text!r}: {lines}")


def wait_until(condition, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def is_alive(pid):
    """Tell whether a process runs; one that nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
