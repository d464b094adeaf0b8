"""A job while it is done."""

import threading
from collections.abc import Mapping
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from chatsystem.audit.types import Actor
from chatsystem.errors import ChatError
from chatsystem.jobs.models import Job, JobFailure
from chatsystem.jobs.observing import tell


class Interrupted(BaseException):
    """The job goes on later: this process was told to end. Like KeyboardInterrupt no ordinary error."""


class Lost(BaseException):
    """The job isn't ours any more: somebody cancelled it, or another worker took it up. What we save would be wrong."""


class Run:
    """What a handler gets: what to do, where to go on, and how to say what is done."""

    def __init__(self, job: Job, *, stopping: threading.Event) -> None:
        self._job = job
        self._stopping = stopping
        self._stop_at_next = False
        self._failed: dict[str, str] = {}

    @property
    def job_id(self) -> int:
        """The job's number."""
        return int(self._job.pk)

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What was given to `start_job`."""
        arguments: Mapping[str, Any] = self._job.arguments
        return arguments

    @property
    def actor(self) -> Actor:
        """Who started it."""
        return self._job.created_by

    @property
    def cursor(self) -> Any:
        """What was saved last; None at the beginning."""
        return self._job.cursor

    @property
    def done(self) -> int:
        """How much is done, as saved last."""
        return self._job.done

    def save(self, *, cursor: Any, done: int | None = None, total: int | None = None) -> None:
        """Say where to go on after whatever happens next, how much is done and of how much, where that changed.

        Called in the handler's own transaction it belongs to that. Doesn't return where the job must not go on: the
        worker was told to stop (the step counts), or the job was cancelled or is somebody else's by now (what the
        transaction did is rolled back).
        """
        if self._stop_at_next:
            raise Interrupted
        job = self._job
        job.cursor = cursor
        job.done = job.done if done is None else done
        job.total = job.total if total is None else total
        tell("before save")
        with transaction.atomic():
            came_on = {"attempts": 0, "crashes": 0, "heartbeat_at": timezone.now()}
            self.write(cursor=cursor, done=job.done, total=job.total, **came_on)
        tell("saved")
        if self._stopping.is_set():
            if not connection.in_atomic_block:
                raise Interrupted
            self._stop_at_next = True  # now it would roll back the handler's transaction, and what was saved with it

    def failed(self, item: str, error: ChatError | str) -> None:
        """Say that `item` can't be done, and go on; `error` is a refusal or a code.

        It's stored with the next `save`: after a kill before that the item is tried again.
        """
        self._failed[item] = error.code if isinstance(error, ChatError) else error

    def write(self, **values: Any) -> None:
        """Change the job's row and store failures, while the job is ours; call in a transaction. Raises `Lost`."""
        if self._failed:
            rows = [JobFailure(job=self._job, item=item, error=error) for item, error in self._failed.items()]
            JobFailure.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["job", "item"], update_fields=["error", "at"]
            )
            values["failures"] = self._job.failed_items.count()
        if not ours(self._job).update(**values):
            raise Lost
        transaction.on_commit(self._failed.clear)


def ours(job: Job) -> models.QuerySet[Job]:
    """Return the row, as long as it is as we claimed it."""
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, claim=job.claim)
