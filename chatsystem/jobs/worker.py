"""A worker: takes up one job after the other. Any number of them may run."""

import threading
import time
from collections import Counter
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connections

from chatsystem import outages
from chatsystem.jobs.claiming import claim_job
from chatsystem.jobs.daily import start_daily_jobs
from chatsystem.jobs.doing import do_job
from chatsystem.jobs.registry import kinds
from chatsystem.jobs.workers import Heartbeat, new_name

POLL = 1.0  # seconds between two looks for jobs
LOOK_AT_CLOCK = 60.0  # seconds between two looks whether a new day has begun
PAUSE = 5.0  # seconds until SQL is asked again that was away


class Worker:
    """One process's worker; `stopping` ends it after the step under way."""

    def __init__(self, *, stopping: threading.Event) -> None:
        self.name = new_name()
        self.stopping = stopping
        self.outcomes: Counter[str] = Counter()  # how jobs ended here
        self._heartbeat = Heartbeat(self.name)
        self._looked_at_clock = float("-inf")

    def run(self, *, idle: Callable[[], None] = lambda: None) -> None:
        """Do jobs until told to stop, whatever is away meanwhile. `idle` is called when there is nothing to do."""
        self._heartbeat.beat()
        self._heartbeat.start()
        try:
            while not self.stopping.is_set():
                try:
                    found = self.do_next()
                except (OperationalError, InterfaceError):
                    outages.noticed_sql()
                    connections.close_all()
                    self.stopping.wait(PAUSE)
                    continue
                if not found:
                    idle()
                    self.stopping.wait(POLL)
        finally:
            self._end()

    def run_once(self) -> None:
        """Do all that is due, and end. Raises `OperationalError` where SQL is away."""
        self._heartbeat.beat()
        self._heartbeat.start()
        try:
            while not self.stopping.is_set() and self.do_next():
                pass
        finally:
            self._end()

    def do_next(self) -> bool:
        """Do the next job, and return whether there was one."""
        self._see_whether_a_day_has_begun()
        job = claim_job(worker=self.name, kinds=kinds().keys())
        if job is None:
            return False
        self._heartbeat.job = job
        try:
            self.outcomes[do_job(job, stopping=self.stopping)] += 1
        finally:
            self._heartbeat.job = None
        return True

    def _see_whether_a_day_has_begun(self) -> None:
        now = time.monotonic()
        if now - self._looked_at_clock >= LOOK_AT_CLOCK:
            start_daily_jobs()
            self._looked_at_clock = now

    def _end(self) -> None:
        try:
            self._heartbeat.end()
        except (OperationalError, InterfaceError):
            outages.noticed_sql()  # the row goes with the housekeeping of some later day
