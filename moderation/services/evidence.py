"""What a reporter sees at the moment of their report, kept whatever becomes of it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from chatsystem.errors import ChangedMeanwhile, InvalidQuery
from chatsystem.limits import EVIDENCE_AGE, EVIDENCE_CONTEXT, EVIDENCE_OF_PERSON
from messaging.services.context import read_context, read_newest
from messaging.types import Cursor, Message, moment_of, order_of, stamp_of
from moderation.models import Evidence, Report

AT_ONCE = 500  # reports whose evidence is deleted together

# The messages, each with its place: 0 is what is reported, older ones stand before it.
Seen = Sequence[tuple[int, Message]]


def evidence_of_message(*, reporter: User, message: Message) -> Seen:
    """Return a message with `EVIDENCE_CONTEXT` others on each side, in the reporter's copies."""
    around = read_context(owner=reporter, message=message, each_side=EVIDENCE_CONTEXT)
    others = [one for one in reversed(around) if one.id != message.id]
    older = [one for one in others if order_of(one.id) < order_of(message.id)]
    return [*enumerate(older, -len(older)), (0, message), *enumerate(others[len(older) :], 1)]


def evidence_of_person(*, reporter: User, person_id: UUID, seen: str = "") -> Seen:
    """Return what `newest_with` does, and raise what it raises."""
    newest = newest_with(reporter=reporter, person_id=person_id, seen=seen)
    return list(enumerate(reversed(newest), -len(newest)))


def newest_with(*, reporter: User, person_id: UUID, seen: str = "") -> Sequence[Message]:
    """Return the newest messages that the reporter has with somebody, newest first.

    Where `mark_of` made `seen` of them before, they are the same, however many came since. Raises `ChangedMeanwhile`.
    """
    up_to = _place_of(seen) if seen else None
    newest = read_newest(owner=reporter, peer_id=person_id, limit=EVIDENCE_OF_PERSON, up_to=up_to)
    check_unchanged(newest, seen)
    return newest


def mark_of(messages: Sequence[Message]) -> str:
    """Return a mark of messages, newest first, as they are shown now; it's empty where there are none."""
    if not messages:
        return ""
    said = json.dumps([(str(one.id), one.content) for one in messages])
    return f"{Cursor(messages[0].id).encode()}.{hashlib.sha256(said.encode()).hexdigest()}"


def check_unchanged(messages: Sequence[Message], seen: str) -> None:
    """Raise `ChangedMeanwhile` unless `mark_of` made `seen` of messages that say the same, or it is empty."""
    if seen and seen != mark_of(messages):
        raise ChangedMeanwhile


def _place_of(seen: str) -> Cursor:
    try:
        return Cursor.decode(seen.partition(".")[0], field="seen")
    except InvalidQuery as error:
        raise ChangedMeanwhile from error


def keep(report: Report, seen: Seen) -> None:
    """Store what belongs to a new report."""
    Evidence.objects.bulk_create(_as_evidence(report, seen))


def forget_old(*, at: datetime | None = None) -> int:
    """Delete the evidence of cases that were decided over `EVIDENCE_AGE` ago; return of how many reports.

    Reports, notes and decisions stay, without what people wrote to each other.
    """
    decided_before = (at or timezone.now()) - timedelta(seconds=EVIDENCE_AGE)
    old = Report.objects.filter(case__decided_at__lte=decided_before, evidence__isnull=False).distinct()
    forgotten = 0
    while ids := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        Evidence.objects.filter(report__in=ids).delete()
        forgotten += len(ids)
    return forgotten


def _as_evidence(report: Report, seen: Seen) -> Iterable[Evidence]:
    for place, message in seen:
        yield Evidence(
            report=report,
            place=place,
            message_id=message.id,
            sender_id=message.sender_id,
            sender=message.sender,
            recipient_id=message.recipient_id,
            recipient=message.recipient,
            content=message.content,
            reply_to=message.reply_to,
            sent_at=moment_of(stamp_of(message.id)),
            edited_at=message.edited_at,
            redacted_at=message.redacted_at,
        )
