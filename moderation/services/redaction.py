"""Taking away what somebody wrote: one message at once, all in a span of time by a job.

Evidence that came with a report isn't touched: it's kept as it was reported (`chatsystem.limits.EVIDENCE_AGE`).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from chatsystem.audit.actions import Action
from chatsystem.audit.entries import find_last_action
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import MessageNotFound
from chatsystem.jobs.models import Job
from chatsystem.jobs.starting import start_job
from chatsystem.limits import MAX_PAGE_SIZE, REDACTION_PREVIEW
from messaging.services.altering import forget_redacted
from messaging.services.altering import redact_message as redact
from messaging.services.inspection import Inspected, Span, inspect_message, inspect_sent
from messaging.types import Cursor

KIND = "messages.redact"  # of the job
# After a moment nothing sent before it appears any more: writes end within 5 s, clocks are within 5 s.
SETTLED = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Redaction:
    """What redacting a message did, or would do."""

    message_id: UUID
    sender: str
    recipient: str
    changed: bool  # False: nobody had its content any more


@dataclass(frozen=True, slots=True)
class Plan:
    """What redacting a span of time would do."""

    messages: int  # that the person wrote, those without content included
    with_content: int  # of those, what would be redacted
    is_complete: bool  # False: there is more than was looked at


def redact_message(*, person: User, message_id: UUID, actor: Actor, reason: str, dry_run: bool = False) -> Redaction:
    """Take a message's content from everybody, found by one of its two people, whoever of them removed their copy.

    Raises `InvalidPayload` for the reason, `MessageNotFound` where that person never had it, and `StorageUnavailable`,
    after which it may happen or not; doing it again settles it.
    """
    reason = clean_reason(reason)
    found = inspect_message(person_id=person.pk, message_id=message_id)
    if not dry_run:
        _redact_now(found, actor=actor, reason=reason)
    return Redaction(message_id, found.message.sender, found.message.recipient, changed=found.has_content)


def find_message(person_ids: Sequence[UUID], message_id: UUID) -> Inspected | None:
    """Return a message by whichever of these people had it, or None where none of them did."""
    for person_id in person_ids:
        with suppress(MessageNotFound):
            return inspect_message(person_id=person_id, message_id=message_id)
    return None


def announce(found: Inspected, *, actor: Actor, reason: str, case_id: int | None = None) -> None:
    """Write down that a message is going to be redacted, and commit that: so nothing is ever redacted untold.

    An announcement without an entry of the redaction behind it tells of one that was cut short: by an outage, a kill,
    or somebody who decided the case first. Whether it happened the message itself says, and doing it again writes it
    down. Where nobody has its content any more there is nothing to announce.
    """
    if not found.has_content:
        return
    with transaction.atomic(durable=True):
        _record(found, Action.REDACTION_BEGUN, actor, reason, case_id)


def redact_found(found: Inspected, *, actor: Actor, reason: str, case_id: int | None = None) -> None:
    """Redact a message that was announced, and write down that it is; call it last in a transaction.

    Where nobody has its content any more, whoever took it may have died before they told the cache and the audit log:
    so both are told. Raises `StorageUnavailable`, after which it may happen or not; doing it again settles it.
    """
    if not found.has_content:
        forget_redacted(message=found.message)
        if _is_unsettled(found):
            _record(found, Action.MESSAGE_REDACTED, actor, reason, case_id, changed=False)
        return
    redact(message=found.message)
    _record(found, Action.MESSAGE_REDACTED, actor, reason, case_id)


def plan_range(*, person: User, span: Span, at_most: int | None = REDACTION_PREVIEW) -> Plan:
    """Count what `redact_range` would redact; look at so many messages at most, those of others included.

    Raises `InvalidPayload` for a span that can't be, and `StorageUnavailable`.
    """
    messages = with_content = looked_at = 0
    before: Cursor | None = None
    while at_most is None or looked_at < at_most:
        page = inspect_sent(person_id=person.pk, span=span, before=before, limit=MAX_PAGE_SIZE)
        messages += len(page.messages)
        with_content += sum(found.has_content for found in page.messages)
        looked_at += MAX_PAGE_SIZE
        before = page.older
        if before is None:
            return Plan(messages, with_content, is_complete=True)
    return Plan(messages, with_content, is_complete=False)


def redact_range(*, person: User, span: Span, actor: Actor, reason: str) -> Job:
    """Have a job redact all that `person` wrote in a span of time, up to now at most; see `moderation.jobs`.

    It begins when all has arrived that was sent before the span's end. Raises `InvalidPayload`.
    """
    reason = clean_reason(reason)
    span.check()
    now = timezone.now()
    until = min(span.until or now, now)
    since = span.since.isoformat() if span.since else None
    arguments = {"person_id": str(person.pk), "since": since, "until": until.isoformat()}
    with transaction.atomic():
        job = start_job(kind=KIND, arguments=arguments, actor=actor, reason=reason, run_at=max(now, until + SETTLED))
        record(
            actor=actor,
            action=Action.RANGE_REDACTED,
            target=Target.of(person),
            after={"job": job.pk, "since": span.since, "until": until},
            reason=reason,
        )
    return job


def _redact_now(found: Inspected, *, actor: Actor, reason: str) -> None:
    announce(found, actor=actor, reason=reason)
    with transaction.atomic():
        redact_found(found, actor=actor, reason=reason)


def _is_unsettled(found: Inspected) -> bool:
    """Whether the audit log tells that somebody began to redact a message, and not that it was."""
    last = find_last_action(target=_target_of(found), among=(Action.REDACTION_BEGUN, Action.MESSAGE_REDACTED))
    return last == Action.REDACTION_BEGUN


def _record(found: Inspected, action: Action, actor: Actor, reason: str, case_id: int | None, **more: object) -> None:
    message = found.message
    people = {"sender_id": message.sender_id, "recipient_id": message.recipient_id, "case": case_id}
    after = {name: value for name, value in people.items() if value is not None} | more
    record(actor=actor, action=action, target=_target_of(found), after=after, reason=reason)


def _target_of(found: Inspected) -> Target:
    return Target("message", str(found.message.id))
