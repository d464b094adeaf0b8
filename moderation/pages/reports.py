"""One's own reports, and what became of each."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.safestring import SafeString

from accounts.pages.views import PersonalPage
from chatsystem.errors import NotFound, StorageUnavailable
from chatsystem.pages import times
from messaging.pages.listing import addresses_of_messages, query
from messaging.services.one_message import which_are_there
from messaging.types import moment_of, stamp_of
from moderation.pages.words import CATEGORIES, OUTCOMES, WAITING
from moderation.services.reports import Told, find_report, list_reports, read_place


@dataclass(frozen=True, slots=True)
class Row:
    """A report as its reporter reads it."""

    id: UUID
    username: str
    sent: SafeString | None  # None where a person is reported
    address: str | None  # of the message, where its reader has it still
    category: Promise
    words: str
    reported: SafeString
    outcome: Promise
    decided: SafeString | None


class OwnReports(PersonalPage):
    """A page of the settings that shows reports of whoever is logged in."""

    here = "settings"

    def rows_of(self, reports: Collection[Told]) -> list[Row]:
        """Return reports as rows; while Cassandra is away without links, which may lead to nothing."""
        asked = [told.message_id for told in reports if told.message_id]
        there: Collection[UUID] = ()
        with suppress(StorageUnavailable):
            there = which_are_there(owner=self.person, message_ids=asked)
        return list(_rows(reports, there))

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return what the template knows."""
        return super().get_context_data(section="reports", **context)


class ReportsPage(OwnReports):
    """Lists them, the newest first."""

    template_name = "moderation/reports.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return a page of them, and where the next one begins."""
        before = self.request.GET.get("before")
        page = list_reports(reporter=self.person, before=read_place(before))
        older = page.older and query(before=str(page.older))
        return super().get_context_data(
            rows=self.rows_of(page.reports), older=older, is_further=before is not None, **context
        )


class ReportPage(OwnReports):
    """Shows one of them: where links lead that mean it."""

    template_name = "moderation/report.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return it, if it's theirs."""
        told = find_report(reporter=self.person, report_id=self.kwargs["report_id"])
        if told is None:
            raise NotFound
        return super().get_context_data(rows=self.rows_of([told]), **context)


def _rows(reports: Iterable[Told], there: Collection[UUID]) -> Iterable[Row]:
    address_of = addresses_of_messages()
    for told in reports:
        sent_as = told.message_id
        yield Row(
            id=told.id,
            username=told.username,
            sent=times.in_full(moment_of(stamp_of(sent_as))) if sent_as else None,
            address=address_of(sent_as) if sent_as and sent_as in there else None,
            category=CATEGORIES[told.category],
            words=told.words,
            reported=times.in_full(told.created_at),
            outcome=OUTCOMES[told.outcome] if told.outcome else WAITING[told.state],
            decided=times.on_day(told.decided_at) if told.decided_at else None,
        )
