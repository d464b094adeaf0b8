"""The operators' admin, with what stands above accounts: the index's figures, the health page, the switches."""

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path, reverse

from accounts.listing import Link
from accounts.sites import OperatorsSite
from moderation.services.figures import Figures, read_figures


class Site(OperatorsSite):
    """See above."""

    index_template = "admin/overview.html"

    def get_urls(self) -> Any:
        """Add pages that belong to no table."""
        from moderation.admin import service  # its permissions need models, which aren't there when this is imported

        pages = [
            path(f"service/{address}", self.admin_view(page.as_view(site=self)), name=name)
            for name, address, page in service.PAGES
        ]
        # No row has a page of its own outside, and Django's way to one fails at what is no id of ours.
        of_django = [one for one in super().get_urls() if getattr(one, "name", None) != "view_on_site"]
        return [*pages, *of_django]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the figures, each with a way to what it counts."""
        figures = read_figures()
        context = {"figures": _shown(request, figures), "messages_sent": figures.messages}
        return super().index(request, {**context, **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the ways that lead everywhere."""
        return {**super().each_context(request), "ways": _ways(request)}


# What stands in the bar: the permission that it takes, the address, and its name.
WAYS = (
    ("accounts.view_user", "admin:accounts_user_changelist", "People"),
    ("moderation.view_case", "admin:moderation_case_changelist", "Reports"),
    ("moderation.look_up_messages", "admin:moderation_lookup_changelist", "Look-up"),
    ("chatsystem.view_job", "admin:chatsystem_job_changelist", "Jobs"),
    ("chatsystem.view_auditentry", "admin:chatsystem_auditentry_changelist", "Audit log"),
    ("accounts.view_switches", "admin:service", "Service"),
    ("", "admin:health", "Health"),
)


def _ways(request: HttpRequest) -> list[Link]:
    """Return links to what whoever looks may see."""
    if not (request.user.is_active and request.user.is_staff):
        return []
    allowed = [(view, text) for needed, view, text in WAYS if not needed or request.user.has_perm(needed)]
    return [Link(reverse(view), text) for view, text in allowed]


def _shown(request: HttpRequest, figures: Figures) -> list[tuple[str, int, str]]:
    """Return name, number and address of each figure; the address only for whoever may see what is there."""
    ways = {link.text: link.url for link in _ways(request)}
    people, jobs = ways.get("People", ""), ways.get("Jobs", "")
    return [
        ("people", figures.people, people),
        ("new today", figures.new_today, people),
        ("active in 24 hours", figures.active_day, people),
        ("active in 7 days", figures.active_week, people),
        ("open reports", figures.open_cases, ways.get("Reports", "")),
        ("failed jobs", figures.failed_jobs, f"{jobs}?state=failed" if jobs else ""),
    ]
