"""How often a job is tried, and how long it waits in between."""

from datetime import timedelta

MOST_CRASHES = 5  # by a bug or with its worker, without coming on: what ends so would end so for ever
LONGEST_WAIT = timedelta(minutes=10)  # so that a job goes on soon after the longest outage


def wait_after(attempts: int) -> timedelta:
    """Return how long a job waits that has been tried so often in vain: 2, 4, 8 ... seconds."""
    return min(LONGEST_WAIT, timedelta(seconds=2 ** min(attempts, 16)))
