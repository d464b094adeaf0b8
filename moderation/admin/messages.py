"""How operators see messages: who wrote what to whom, and what became of it since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from accounts.listing import when
from messaging.services.inspection import Inspected
from messaging.types import moment_of, stamp_of
from moderation.models import Evidence

LOOK_UP = "moderation.look_up_messages"
REDACT = "moderation.redact_messages"
CLOCK = "%Y-%m-%d %H:%M:%S"  # messages are seconds apart


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on a page of the admin."""

    id: UUID
    person_id: UUID  # whoever of its people it was found by: the account of the other may be gone
    sender: str
    recipient: str
    sent: str
    content: str
    marks: Sequence[str]  # what became of it
    reply_to: UUID | None
    can_be_redacted: bool
    is_reported: bool = False

    @classmethod
    def of_inspected(cls, found: Inspected, *, person_id: UUID) -> "Shown":
        """Return a message as it is now."""
        message = found.message
        sender = message.sender or str(message.sender_id)
        recipient = message.recipient or str(message.recipient_id)
        names = {message.sender_id: sender, message.recipient_id: recipient}
        marks = _changes(message)
        marks += [f"copy removed by {name}" for person, name in names.items() if person in found.removed_by]
        if not found.has_content and message.redacted_at is None:
            marks.append("nothing is left of it")
        return cls(
            id=message.id,
            person_id=person_id,
            sender=sender,
            recipient=recipient,
            sent=when(moment_of(stamp_of(message.id)), form=CLOCK),
            content=message.content,
            marks=marks,
            reply_to=message.reply_to,
            can_be_redacted=found.has_content,
        )

    @classmethod
    def of_evidence(cls, kept: Evidence, *, person_id: UUID) -> "Shown":
        """Return a message as it was when it was reported."""
        return cls(
            id=kept.message_id,
            person_id=person_id,
            sender=kept.sender,
            recipient=kept.recipient,
            sent=when(kept.sent_at, form=CLOCK),
            content=kept.content,
            marks=_changes(kept),
            reply_to=kept.reply_to,
            can_be_redacted=kept.redacted_at is None,  # as far as it's known from then
            is_reported=kept.place == 0,
        )


def rights_of(request: HttpRequest) -> Mapping[str, bool]:
    """Return what whoever looks may do about messages, by names for templates."""
    return {"may_look_up": request.user.has_perm(LOOK_UP), "may_redact": request.user.has_perm(REDACT)}


def _changes(message: Any) -> list[str]:
    """Return what its author or an operator did to a message, which is one or its evidence."""
    changes = (("edited", message.edited_at), ("redacted", message.redacted_at))
    return [f"{name} {timezone.localtime(moment):{CLOCK}}" for name, moment in changes if moment]
