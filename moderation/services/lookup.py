"""Looking at what other people wrote: for a reason, and written down before anything is shown.

The audit log tells who looked, at what, and why; never what was seen. An entry stands there also where nothing was
found, or Cassandra was away: somebody wanted to look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from chatsystem.audit.actions import Action
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import InvalidQuery
from chatsystem.limits import DEFAULT_PAGE_SIZE, EVIDENCE_CONTEXT
from messaging.services import inspection
from messaging.services.history import check_limit
from messaging.services.inspection import ALWAYS, Inspected, InspectedPage, Span
from messaging.types import Cursor
from moderation.models import Case, Evidence, Report
from moderation.services.cases import get_case, target_of

REPORTS_AT_ONCE = 25  # with their evidence


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report with its evidence, the oldest message first; none any more where that was long ago."""

    report: Report
    evidence: Sequence[Evidence]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with some of its reports, the first one first, and what to ask for `after`: None at the end."""

    case: Case
    reports: Sequence[ReportFile]
    later: UUID | None


def look_up_message(*, person: User, message_id: UUID, actor: Actor, reason: str) -> Inspected:
    """Return a message by its id and one of its two people, whoever of them removed their copy.

    Raises `InvalidPayload` for the reason, `MessageNotFound` and `StorageUnavailable`; so do the others.
    """
    _write_down(actor, Target("message", str(message_id)), reason, of=person.username)
    return inspection.inspect_message(person_id=person.pk, message_id=message_id)


def look_up_around(
    *, person: User, message_id: UUID, actor: Actor, reason: str, each_side: int = EVIDENCE_CONTEXT
) -> Sequence[Inspected]:
    """Return it with up to so many messages of its conversation on each side, newest first."""
    check_limit(each_side, field="each_side")
    _write_down(actor, Target("message", str(message_id)), reason, of=person.username, each_side=each_side)
    return inspection.inspect_around(person_id=person.pk, message_id=message_id, each_side=each_side)


def look_up_person(
    *, person: User, actor: Actor, reason: str,
    span: Span = ALWAYS, before: Cursor | None = None, limit: int = DEFAULT_PAGE_SIZE,
) -> InspectedPage:  # fmt: skip
    """Return up to `limit` messages that a person sent or got in a span of time, newest first, or those `before` one.

    Each page is a look of its own. Raises `InvalidPayload` for a span that can't be, `InvalidQuery` for the limit.
    """
    check_limit(limit, field="limit")
    span.check()
    _write_down(actor, Target.of(person), reason, since=span.since, until=span.until, **_place(before))
    return inspection.inspect_person(person_id=person.pk, span=span, before=before, limit=limit)


def look_up_pair(
    *, person: User, peer: User, actor: Actor, reason: str,
    span: Span = ALWAYS, before: Cursor | None = None, limit: int = DEFAULT_PAGE_SIZE,
) -> InspectedPage:  # fmt: skip
    """Return up to `limit` messages between two people, likewise."""
    check_limit(limit, field="limit")
    span.check()
    what = {"peer_id": peer.pk, "peer": peer.username, "since": span.since, "until": span.until}
    _write_down(actor, Target.of(person), reason, **what, **_place(before))
    return inspection.inspect_pair(person_id=person.pk, peer_id=peer.pk, span=span, before=before, limit=limit)


def look_up_case(
    *, case_id: int, actor: Actor, reason: str, after: UUID | None = None, limit: int = REPORTS_AT_ONCE
) -> CaseFile:
    """Return a case with up to `limit` of its reports, each with what its reporter saw when they made it.

    Raises `CaseNotFound`, `Forbidden` where it is about `actor`, and `InvalidQuery` for the limit and a place in
    another case.
    """
    check_limit(limit, field="limit")
    case = get_case(case_id=case_id, actor=actor)
    reports = _after(case.reports.order_by("created_at", "pk"), after)
    _write_down(actor, target_of(case), reason, after=after)
    found = list(reports.prefetch_related("evidence")[: limit + 1])
    files = [ReportFile(report, list(report.evidence.all())) for report in found[:limit]]
    return CaseFile(case, files, found[limit - 1].pk if len(found) > limit else None)


def _after(reports: QuerySet[Report], after: UUID | None) -> QuerySet[Report]:
    if after is None:
        return reports
    place = reports.filter(pk=after).first()
    if place is None:
        raise InvalidQuery.of("after", "invalid_cursor", "This is no report of the case; take one from an answer.")
    return reports.filter(Q(created_at__gt=place.created_at) | Q(created_at=place.created_at, pk__gt=place.pk))


def _write_down(actor: Actor, target: Target, reason: str, **what: object) -> None:
    reason = clean_reason(reason)
    after = {name: value for name, value in what.items() if value is not None} or None
    with transaction.atomic():
        record(actor=actor, action=Action.MESSAGES_LOOKED_UP, target=target, after=after, reason=reason)


def _place(before: Cursor | None) -> dict[str, object]:
    return {"before": before.message_id} if before else {}
