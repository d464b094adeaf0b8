"""Jobs in the admin."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import path, reverse

from accounts.acting import ActionPage, ReasonForm
from accounts.listing import PAGE, FilterForm, Link, Row, Table, listing_page, when
from chatsystem.errors import JobNotFound
from chatsystem.jobs.listing import get_job, list_failures, list_jobs
from chatsystem.jobs.models import Job
from chatsystem.jobs.registry import kinds
from chatsystem.jobs.rights import may_cancel, may_retry
from chatsystem.jobs.starting import CAN_BE_CANCELLED, cancel_job, retry_job
from moderation.admin.audit import as_number, as_text
from moderation.admin.reading import ReadOnlyAdmin

FAILURES = 100  # items that a job's page shows


class JobFilter(FilterForm):
    """Which jobs to list."""

    state = forms.ChoiceField(required=False, choices=[("", "any"), *Job.State.choices])
    kind = forms.ChoiceField(required=False)
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["kind"]
        field.choices = [("", "any"), *((kind.name, kind.label) for kind in kinds().values())]


class JobPage(ActionPage):
    """Does something about one job."""

    form_class = ReasonForm
    is_dangerous = False
    is_allowed: Callable[[Any, Job], bool]  # whether somebody may do this about a job
    job: Job

    def check_permission(self, request: HttpRequest) -> None:
        """Find the job, whose kind says who may."""
        self.job = find_or_404(self.kwargs["object_id"])
        if not self.is_allowed(request.user, self.job):
            raise PermissionDenied

    def get_back(self) -> str:
        """Go back to the job."""
        return reverse("admin:chatsystem_job_change", args=[self.job.pk])

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Say which it is."""
        return super().get_context_data(**{"subtitle": f"Job {self.job.pk}: {label_of(self.job)}", **context})


class CancelPage(JobPage):
    """Cancels a job."""

    is_allowed = staticmethod(may_cancel)
    title = "Cancel the job"
    text = "It isn't done, or not any further. What it has done stays done; the step under way still ends."
    button = "Cancel the job"

    def act(self, *, reason: str) -> str:
        """Do it."""
        cancel_job(job_id=self.job.pk, actor=self.actor, reason=reason)
        return f"Job {self.job.pk} is cancelled."


class RetryPage(JobPage):
    """Has a job tried again."""

    is_allowed = staticmethod(may_retry)
    is_dangerous = True
    title = "Try the job again"
    text = "It goes on where it stopped; one that is done but for some items begins anew, which changes nothing else."
    button = "Try again"

    def act(self, *, reason: str) -> str:
        """Do it."""
        retry_job(job_id=self.job.pk, actor=self.actor, reason=reason)
        return f"Job {self.job.pk} is waiting to be done."


ACTIONS: dict[str, type[JobPage]] = {"cancel": CancelPage, "retry": RetryPage}


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Lists jobs, the last one first, and shows one with what failed of it."""

    def get_urls(self) -> Any:
        """Add the actions."""
        pages = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(page.as_view(site=self.admin_site)),
                name=f"chatsystem_job_{name}",
            )
            for name, page in ACTIONS.items()
        ]
        return [*pages, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """List them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = JobFilter(request.GET)
        chosen = form.chosen
        found = list_jobs(
            state=chosen["state"] or "", kind=chosen["kind"] or "", before=chosen["before"], limit=PAGE + 1
        )
        rows = [
            Row((one.pk, label_of(one), one.get_state_display(), progress_of(one), one.failures,
                 one.created_by_name, when(one.created_at)),
                url=reverse("admin:chatsystem_job_change", args=[one.pk]))
            for one in found[:PAGE]
        ]  # fmt: skip
        columns = ("Number", "What", "State", "Done", "Failed items", "By", "Since")
        older = found[PAGE - 1].pk if len(found) > PAGE else None
        table = Table("Jobs", columns, rows)
        return listing_page(request, self.admin_site, title="Jobs", table=table, form=form, older=older)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> TemplateResponse:
        """Show one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = find_or_404(object_id)
        tables = []
        if request.user.has_perm("chatsystem.view_jobfailure"):
            failed = [Row((one.item, one.error, when(one.at))) for one in list_failures(job=job, limit=FAILURES)]
            tables.append(Table("Failed items", ("Item", "Error", "Time"), failed))
        return self.show(
            request,
            title=f"Job {job.pk}",
            facts=facts_of(job),
            tables=tables,
            actions=actions_for(request, job),
        )


def facts_of(job: Job) -> list[tuple[str, object]]:
    """Return what is known of a job, by the names that operators read."""
    return [
        ("What", label_of(job)),
        ("State", job.get_state_display()),
        ("Done", progress_of(job)),
        ("Failed items", str(job.failures)),
        ("Error", job.error),
        ("By", job.created_by_name),
        ("Arguments", as_text(job.arguments)),
        ("Since", when(job.created_at)),
        ("Not before", when(job.run_at)),
        ("Taken up", when(job.started_at)),
        ("Ended", when(job.ended_at)),
        ("Worker", job.worker),
        ("Last sign of life", when(job.heartbeat_at)),
        ("Tries since it last came on", str(job.attempts)),
        ("Bugs and lost workers since then", str(job.crashes)),
    ]


def actions_for(request: HttpRequest, job: Job) -> list[Link]:
    """Return ways to what whoever looks may do about a job that is as it is."""
    can_be_cancelled = job.state in CAN_BE_CANCELLED
    can_be_retried = job.state in {Job.State.FAILED, Job.State.CANCELLED} or (not can_be_cancelled and job.failures)
    useful = [name for name, is_useful in (("cancel", can_be_cancelled), ("retry", can_be_retried)) if is_useful]
    return [
        Link(reverse(f"admin:chatsystem_job_{name}", args=[job.pk]), ACTIONS[name].title)
        for name in useful
        if ACTIONS[name].is_allowed(request.user, job)
    ]


def label_of(job: Job) -> str:
    """Return what a job does, in words; of a kind that this version doesn't know, its name."""
    kind = kinds().get(job.kind)
    return kind.label if kind else job.kind


def progress_of(job: Job) -> str:
    """Return how far a job is."""
    return f"{job.done} of {job.total}" if job.total is not None else str(job.done)


def find_or_404(object_id: str) -> Job:
    """Return the job of an address. Raises `Http404`."""
    try:
        return get_job(job_id=as_number(object_id))
    except JobNotFound as error:
        raise Http404 from error
