"""Work that no answer waits for: one thread of this process does it, in the order in which it came.

The thread is made with the first job, so after the fork. A process that ends in peace does first what is left; what
waits in one that is killed is lost, so only what people can ask for again belongs here.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from django.db import InterfaceError, OperationalError, connections

from chatsystem import outages
from chatsystem.requests import describe

MOST = 200  # jobs: a mail server that lets each of them time out is through with them in half an hour

log = logging.getLogger("chatsystem.background")
_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")
_room = threading.BoundedSemaphore(MOST)


def run_later(job: Callable[[], object]) -> bool:
    """Have the thread do `job`; return False where too many wait already, and the job won't be done.

    Lines that it logs carry the id of the request that is being answered now.
    """
    if not _room.acquire(blocking=False):
        log.error("too much waits to be done in the background, so something was left undone")
        return False
    _pool.submit(copy_context().run, _run, job)
    return True


def drain(timeout: float | None = None) -> None:
    """Return when everything that was to be done is done. Raises `TimeoutError`."""
    _pool.submit(lambda: None).result(timeout)


def _run(job: Callable[[], object]) -> None:
    try:
        job()
    except Exception as error:
        if isinstance(error, OperationalError | InterfaceError):
            outages.noticed_sql()
        log.error("something failed in the background: %s", describe(error))
    finally:
        connections.close_all()  # this thread's own, which the next job may need in an hour or never
        _room.release()
