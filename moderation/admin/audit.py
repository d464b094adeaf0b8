"""The audit log in the admin."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from accounts.acting import ActionPage, ReasonForm
from accounts.listing import PAGE, FilterForm, Link, Row, Table, listing_page, when
from accounts.services.people import find_id
from chatsystem.audit.actions import Action
from chatsystem.audit.entries import Filters, list_entries
from chatsystem.audit.exporting import export_entries
from chatsystem.audit.models import AuditEntry
from chatsystem.limits import MAX_EXPORTED_ENTRIES
from moderation.admin.reading import ReadOnlyAdmin

KINDS = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
NOBODY = "-"  # an id that nobody has
LABELS = dict(Action.choices)


# In UTC, and a day later, it is a date too.
POSSIBLE = [MinValueValidator(date.min + timedelta(days=1)), MaxValueValidator(date.max - timedelta(days=2))]


def day_field(label: str) -> forms.DateField:
    """Return a field for a day by the clock that the page is shown by."""
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, validators=POSSIBLE)


class EntryFilter(FilterForm):
    """Which entries to list or export."""

    action = forms.ChoiceField(label="What", required=False, choices=[("", "everything"), *Action.choices])
    by = forms.CharField(label="By", required=False, help_text="A name or an id.")
    about = forms.CharField(label="About", required=False, help_text="A person's name or id.")
    since = day_field("From")
    until = day_field("To")
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    @property
    def filters(self) -> Filters:
        """Return what was chosen, as the audit log takes it. A name that nobody has finds nothing."""
        chosen = self.chosen
        about = _id_of(chosen["about"])
        return Filters(
            actor_id=_id_of(chosen["by"]),
            action=chosen["action"] or "",
            target_kind="person" if about else "",
            target_id=about,
            since=_beginning_of(chosen["since"]),
            until=_beginning_of(chosen["until"] and chosen["until"] + timedelta(days=1)),
        )


class ExportForm(ReasonForm):
    """In which form, and why."""

    form = forms.ChoiceField(label="Form", choices=[("csv", "CSV, for spreadsheets"), ("ndjson", "NDJSON, to verify")])
    field_order = ("form", "reason")


class ExportPage(ActionPage):
    """Hands the log out as a file; the filters are in the address."""

    form_class = ExportForm
    permission = "chatsystem.export_auditentry"
    title = "Export the audit log"
    text = (
        f"All entries that the list's filters find, the first one first; {MAX_EXPORTED_ENTRIES:,} at most. That you did"
        " so becomes an entry, too."
    )
    button = "Export"

    def get_back(self) -> str:
        """Go back to the list as it was narrowed down."""
        return f"{reverse('admin:chatsystem_auditentry_changelist')}?{self.request.GET.urlencode()}"

    def act(self, *, form: str, reason: str) -> StreamingHttpResponse:
        """Do it."""
        filters = EntryFilter(self.request.GET).filters
        lines = export_entries(
            actor=self.actor, form=form, filters=filters, reason=reason, at_most=MAX_EXPORTED_ENTRIES
        )
        headers = {"Content-Disposition": f'attachment; filename="audit.{form}"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(lines, content_type=KINDS[form], headers=headers)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Say that the answer is no page."""
        return super().get_context_data(**{"is_file": True, **context})


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Lists entries, the last one first, and shows one."""

    def get_urls(self) -> Any:
        """Add the export."""
        page = self.admin_site.admin_view(ExportPage.as_view(site=self.admin_site))
        return [path("export/", page, name="chatsystem_auditentry_export"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """List them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = EntryFilter(request.GET)
        found = list_entries(filters=form.filters, before=form.chosen["before"], limit=PAGE + 1)
        rows = [
            Row((one.number, when(one.at), one.actor_name, LABELS.get(one.action, one.action), target_of(one),
                 one.reason), url=reverse("admin:chatsystem_auditentry_change", args=[one.number]))
            for one in found[:PAGE]
        ]  # fmt: skip
        links = []
        if request.user.has_perm(ExportPage.permission):
            address = reverse("admin:chatsystem_auditentry_export")
            links.append(Link(f"{address}?{request.GET.urlencode()}", "Export these"))
        return listing_page(
            request,
            self.admin_site,
            title="Audit log",
            table=Table("Entries", ("Number", "Time", "Who", "What", "About", "Reason"), rows),
            form=form,
            older=found[PAGE - 1].number if len(found) > PAGE else None,
            links=links,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> TemplateResponse:
        """Show one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        one = AuditEntry.objects.filter(pk=as_number(object_id)).first()
        if one is None:
            raise Http404
        facts: list[tuple[str, object]] = [
            ("Time", when(one.at)),
            ("Who", f"{one.actor_name} ({one.actor_kind})"),
            ("Who's id", one.actor_id),
            ("What", LABELS.get(one.action, one.action)),
            ("About", target_of(one)),
            ("Before", as_text(one.before)),
            ("After", as_text(one.after)),
            ("Reason", one.reason),
            ("Request", one.request_id),
            ("Address", one.address),
            ("Hash", one.hash),
            ("Hash of the one before", one.previous),
        ]
        return self.show(request, title=f"Entry {one.number}", facts=facts, tables=[], actions=[])


def as_number(text: str) -> int:
    """Return the number that an address names, as databases hold it. Raises `Http404`."""
    text = unquote(text)
    if not (text.isascii() and text.isdecimal() and len(text) < 19):  # a digit less than 2**63 has
        raise Http404
    return int(text)


def target_of(entry: AuditEntry) -> str:
    """Return what an entry is about, in words."""
    return " ".join(filter(None, [entry.target_kind, entry.target_name or entry.target_id]))


def as_text(value: Any) -> str:
    """Return what changed, as people read it."""
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)


def _beginning_of(day: Any) -> datetime | None:
    return datetime.combine(day, time.min, timezone.get_current_timezone()) if day else None


def _id_of(text: str | None) -> str:
    """Return the id that somebody is known by in the log: a person's, or the number of a command's user."""
    text = (text or "").strip()
    if not text or text.isdecimal():
        return text
    return str(find_id(name=text) or NOBODY)
