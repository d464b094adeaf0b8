"""What is wrong with this deployment, part by part, and how to mend it: `manage.py doctor`.

Each part is examined by a thread of its own: none waits for another, and what was found before a part stopped
answering is told too.
"""

import threading
import time
from collections.abc import Callable, Iterator

from chatsystem.doctor import caches, cluster, configuration, database
from chatsystem.doctor.findings import Finding, failed

BUDGET = 15.0  # seconds for all parts side by side; sound ones take less than one

PARTS: dict[str, Callable[[], Iterator[Finding]]] = {
    "settings": configuration.examine,
    "cassandra": cluster.examine,
    "sql": database.examine,
    "redis": caches.examine,
}


def examine() -> list[tuple[str, Finding]]:
    """Return what was found, with the part's name, in the order of `PARTS`. Raises nothing, whatever is away."""
    deadline = time.monotonic() + BUDGET
    found: dict[str, list[Finding]] = {part: [] for part in PARTS}
    # Daemons: one that hangs for good doesn't keep the command from ending.
    threads = {part: threading.Thread(target=_collect, args=(part, found[part]), daemon=True) for part in PARTS}
    for thread in threads.values():
        thread.start()
    for part, thread in threads.items():
        thread.join(max(0, deadline - time.monotonic()))
        if thread.is_alive():
            found[part].append(failed(f"no answer within {BUDGET:g} s", "See whether it is overloaded or paused."))
    return [(part, finding) for part in PARTS for finding in found[part]]


def _collect(part: str, found: list[Finding]) -> None:
    try:
        for finding in PARTS[part]():
            found.append(finding)
    except Exception as error:
        # Nobody reads a trace of this thread. The text may quote a password, so the kind of error must do.
        found.append(failed(f"can't be examined ({type(error).__name__})", "See its own log."))
