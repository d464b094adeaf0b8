"""What moderators start and what keeps house, done by `manage.py work`."""

import logging
from datetime import datetime
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError

from chatsystem.errors import Unavailable
from chatsystem.jobs.registry import handles
from chatsystem.jobs.run import Run
from chatsystem.limits import MAX_PAGE_SIZE, REDACTION_STEP
from chatsystem.requests import describe
from messaging.services.altering import forget_redacted, redact_message
from messaging.services.inspection import Inspected, Span, inspect_sent
from messaging.types import Cursor
from moderation.models import Report
from moderation.services import telling
from moderation.services.evidence import forget_old
from moderation.services.redaction import KIND

THE_END = "end"  # stands for the place behind the oldest message

log = logging.getLogger("moderation.jobs")


@handles(KIND, label="Redact what somebody wrote", permission="moderation.redact_messages", repeatable=True)
def redact_range(run: Run) -> None:
    """Redact what a person wrote in a span of time, the newest first, whoever removed which copy of it.

    Its cursor is the place that it came to, so that it goes on there; what has no content any more is passed by.
    Raises `StorageUnavailable`, after which it is done again from the last place.
    """
    person_id, span = UUID(run.arguments["person_id"]), _span_of(run)
    if run.cursor == THE_END:
        return
    if run.cursor is None:
        run.save(cursor=None, done=0, total=_count(person_id, span))
    before = Cursor.decode(run.cursor, field="cursor") if run.cursor else None
    while True:
        page = inspect_sent(person_id=person_id, span=span, before=before, limit=REDACTION_STEP)
        for found in page.messages:
            _redact(run, found)
        before = page.older
        run.save(cursor=before.encode() if before else THE_END, done=run.done + len(page.messages))
        if before is None:
            return


@handles(telling.KIND, label="Tell reporters what was decided")
def tell_reporters(run: Run) -> None:
    """Send word to whoever reported what was decided: once, but after a kill perhaps again to the last one.

    Its cursor is the report that it came to. Raises `Unavailable` while the mail server is away.
    """
    waiting = telling.untold(run.arguments["case"])
    if run.cursor is None:
        run.save(cursor=None, done=0, total=waiting.count())
    while report := (waiting.filter(pk__gt=run.cursor) if run.cursor else waiting).first():
        _tell(run, report)
        run.save(cursor=str(report.pk), done=run.done + 1)


@handles("reports.forget_evidence", label="Forget old evidence", daily=True)
def forget_evidence(run: Run) -> None:
    """Delete what is kept with reports whose cases were decided long ago: see `EVIDENCE_AGE`."""
    run.save(cursor=None, done=forget_old())


def _redact(run: Run, found: Inspected) -> None:
    if not found.has_content:
        forget_redacted(message=found.message)
        return
    try:
        redact_message(message=found.message)
    except (Unavailable, OperationalError, InterfaceError):
        raise  # the job is done again: what is away has nothing to do with this message
    except Exception as error:
        log.error("a message could not be redacted: %s", describe(error))
        run.failed(str(found.message.id), "unexpected")


def _tell(run: Run, report: Report) -> None:
    try:
        telling.tell(report)
    except (SMTPRecipientsRefused, SMTPDataError):
        run.failed(str(report.pk), "mail_refused")
    except OSError as error:
        log.error("the mail server is away: %s", describe(error))
        raise Unavailable("The mail server can't be reached.") from error


def _count(person_id: UUID, span: Span) -> int:
    before: Cursor | None = None
    messages = 0
    while True:
        page = inspect_sent(person_id=person_id, span=span, before=before, limit=MAX_PAGE_SIZE)
        messages += len(page.messages)
        before = page.older
        if before is None:
            return messages


def _span_of(run: Run) -> Span:
    def moment(text: Any) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    return Span(moment(run.arguments["since"]), moment(run.arguments["until"]))
