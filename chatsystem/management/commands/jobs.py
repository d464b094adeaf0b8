"""`manage.py jobs`: see the class."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, ClassVar

from chatsystem.errors import Forbidden
from chatsystem.jobs.listing import get_job, list_failures, list_jobs
from chatsystem.jobs.models import Job
from chatsystem.jobs.rights import may_cancel, may_retry
from chatsystem.jobs.starting import cancel_job, retry_job
from chatsystem.management.levers import LeverCommand, Outcome, add_options

SHOWN = 50  # jobs or items where nobody asks for another number


class Command(LeverCommand):
    """Lists jobs, shows one with the items that it could not do, cancels one, or has one tried again."""

    help = __doc__ or ""
    permissions: ClassVar = {
        "list": ["chatsystem.view_job"],
        "show": ["chatsystem.view_job", "chatsystem.view_jobfailure"],
        # Of these the job's kind has a say: see `_check`.
        "cancel": [],
        "retry": ["chatsystem.retry_job"],
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and with which job."""
        super().add_arguments(parser)
        what = parser.add_subparsers(dest="what", required=True)
        listing = what.add_parser("list", help="the last ones first")
        listing.add_argument("--state", choices=Job.State.values, default="")
        listing.add_argument("--kind", default="")
        listing.add_argument("--before", type=int, metavar="NUMBER", help="go on behind that job")
        for name, text in (
            ("show", "one, with its failed items"),
            ("cancel", "one that waits, runs or failed; the step under way still ends"),
            ("retry", "one that failed, was cancelled or has failed items"),
        ):
            one = what.add_parser(name, help=text)
            one.add_argument("number", type=int)
            add_options(one, reason=name != "show")
        add_options(listing, reason=False)
        for one in (listing, what.choices["show"]):
            one.add_argument("--limit", type=int, default=SHOWN)

    def act(self, *, what: str, **options: Any) -> Outcome:
        """Do it."""
        outcome: Outcome = getattr(self, f"_{what}")(**options)
        return outcome

    def _list(self, *, state: str, kind: str, before: int | None, limit: int, **_: Any) -> Outcome:
        found = list_jobs(state=state, kind=kind, before=before, limit=limit)
        lines = [in_a_line(job) for job in found] or ["There are none."]
        return Outcome({"jobs": [values_of(job) for job in found]}, "\n".join(lines))

    def _show(self, *, number: int, limit: int, **_: Any) -> Outcome:
        job = get_job(job_id=number)
        items = [{"item": one.item, "error": one.error} for one in list_failures(job=job, limit=limit)]
        lines = [in_a_line(job), *(f"failed: {one['item']}: {one['error']}" for one in items)]
        return Outcome({**values_of(job), "failed_items": items}, "\n".join(lines))

    def _cancel(self, *, number: int, reason: str, **_: Any) -> Outcome:
        self._check(may_cancel, number)
        return _changed(cancel_job(job_id=number, actor=self.actor, reason=reason))

    def _retry(self, *, number: int, reason: str, **_: Any) -> Outcome:
        self._check(may_retry, number)
        return _changed(retry_job(job_id=number, actor=self.actor, reason=reason))

    def _check(self, is_allowed: Callable[[Any, Job], bool], number: int) -> None:
        if self.operator is not None and not is_allowed(self.operator, get_job(job_id=number)):
            raise Forbidden(f"{self.operator.username} may not do this.")


def values_of(job: Job) -> dict[str, Any]:
    """Return what programs are told of a job."""
    names = ("kind", "state", "arguments", "done", "total", "failures", "attempts", "crashes", "error", "worker")
    times = ("created_at", "run_at", "started_at", "ended_at", "heartbeat_at")
    values = {name: getattr(job, name) for name in (*names, *times)}
    return {"number": job.pk, **values, "created_by": job.created_by_name}


def in_a_line(job: Job) -> str:
    """Return a job as people read it."""
    total = "?" if job.total is None else job.total
    words = [f"job {job.pk}", job.kind, job.state, f"{job.done} of {total} done", f"by {job.created_by_name}"]
    words.append(f"{job.failures} items failed" if job.failures else "")
    words.append(f"error: {job.error}" if job.error else "")
    return ", ".join(filter(None, words))


def _changed(job: Job) -> Outcome:
    return Outcome(values_of(job), in_a_line(job))
