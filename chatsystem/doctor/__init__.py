"""What is wrong with this deployment, part by part, and how to mend it: `manage.py doctor`.

Each part is examined by a thread of its own: none waits for another, and what was found before a part stopped
answering is told too.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping

from chatsystem.doctor import caches, cluster, configuration, database
from chatsystem.doctor.findings import Finding, failed

BUDGET = 15.0  # seconds for all parts side by side; sound ones take less than one

Part = Callable[[], Iterator[Finding]]

PARTS: dict[str, Part] = {
    "settings": configuration.examine,
    "cassandra": cluster.examine,
    "sql": database.examine,
    "redis": caches.examine,
}


def examine(*, budget: float | None = None, more: Mapping[str, Part] | None = None) -> list[tuple[str, Finding]]:
    """Return what was found, with the part's name, in the order of `PARTS`, then of `more`.

    Takes `budget` seconds at most. Raises nothing, whatever is away.
    """
    budget = BUDGET if budget is None else budget
    deadline = time.monotonic() + budget
    parts = {**PARTS, **(more or {})}
    found: dict[str, list[Finding]] = {name: [] for name in parts}
    # Daemons: one that hangs for good doesn't keep the command from ending.
    threads = {
        name: threading.Thread(target=_collect, args=(part, found[name]), daemon=True) for name, part in parts.items()
    }
    for thread in threads.values():
        thread.start()
    for name, thread in threads.items():
        thread.join(max(0, deadline - time.monotonic()))
        if thread.is_alive():
            found[name].append(failed(f"no answer within {budget:g} s", "See whether it is overloaded or paused."))
    return [(name, finding) for name in parts for finding in found[name]]


def _collect(part: Part, found: list[Finding]) -> None:
    try:
        for finding in part():
            found.append(finding)
    except Exception as error:
        # Nobody reads a trace of this thread. The text may quote a password, so the kind of error must do.
        found.append(failed(f"can't be examined ({type(error).__name__})", "See its own log."))
