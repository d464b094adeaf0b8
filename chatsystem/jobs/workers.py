"""Signs of life: of a worker, so that operators see whether there is one, and of the job that it does."""

import os
import secrets
import socket
import threading
from datetime import datetime

from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone

from chatsystem import outages
from chatsystem.jobs.claiming import HEARTBEAT, LOST_AFTER
from chatsystem.jobs.models import Job, JobWorker
from chatsystem.jobs.run import ours


def new_name() -> str:
    """Return a name that no other worker has, by which people find the process."""
    return f"{_host()}/{os.getpid()}/{secrets.token_hex(3)}"


def last_seen() -> datetime | None:
    """Return when any worker was seen last, or None where none was in the last days."""
    return JobWorker.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()


def lives_here() -> bool:
    """Whether a worker on this machine has shown itself lately, for health checks."""
    since = timezone.now() - LOST_AFTER
    return JobWorker.objects.filter(name__startswith=f"{_host()}/", seen_at__gte=since).exists()


def _host() -> str:
    return socket.gethostname()[:64]


class Heartbeat(threading.Thread):
    """Tells every few seconds that the worker lives, beside what it does, by a connection of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.worker = name
        self.job: Job | None = None  # the worker says which
        self._ended = threading.Event()

    def run(self) -> None:
        """Beat until `end`."""
        try:
            while not self._ended.wait(HEARTBEAT):
                self.beat()
        finally:
            connections.close_all()  # this thread's own

    def beat(self) -> None:
        """Tell it once. Where SQL is away, the next time may find it again."""
        job, now = self.job, timezone.now()
        try:
            JobWorker.objects.update_or_create(
                name=self.worker, defaults={"seen_at": now, "job_id": job.pk if job else None}
            )
            if job is not None:
                ours(job).update(heartbeat_at=now)
        except (OperationalError, InterfaceError):
            outages.noticed_sql()
            connections.close_all()

    def end(self) -> None:
        """Stop, and have nobody look for the worker any more."""
        self._ended.set()
        if self.is_alive():
            self.join()
        JobWorker.objects.filter(name=self.worker).delete()
