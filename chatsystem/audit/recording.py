"""Writing an entry."""

from typing import Any

from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from chatsystem.audit import chain
from chatsystem.audit.actions import Action
from chatsystem.audit.models import AuditEntry, AuditHead
from chatsystem.audit.types import Actor, Target
from chatsystem.requests import known_address, request_id


def record(
    *, actor: Actor, action: Action, target: Target, before: Any = None, after: Any = None, reason: str = ""
) -> AuditEntry:
    """Write that `actor` did `action` to `target`, in the transaction of what it tells of: both happen or neither.

    `before` and `after` are what changed, as JSON has it; times, UUIDs and enumerations become text. Neither may hold
    what people wrote to each other, passwords or links: nobody can take them away again.
    Call it last, or before nothing but other entries and quick SQL: until the commit nobody else can write an entry, so
    that whatever waits for Cassandra or Redis comes before. What can't be taken back is announced by an entry that is
    committed before it happens, as `moderation.services.redaction.announce` does.
    A row that others refer to is locked before without its key (`select_for_update(no_key=True)`), and its key changed
    after: PostgreSQL checks references at the commit, so whoever has written one and an entry would wait for the row,
    and whoever holds the row for the entry.
    Outside of a transaction it raises `TransactionManagementError`.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("An audit entry belongs into the transaction of what it tells of.")
    head = AuditHead.locked()
    entry = AuditEntry(
        number=head.number + 1,
        at=max(timezone.now(), head.at),  # never backwards, so that a span of time is a span of numbers
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        action=Action(action).value,
        target_kind=target.kind,
        target_id=target.id,
        target_name=target.name,
        before=chain.plain(before),
        after=chain.plain(after),
        reason=reason,
        request_id=request_id.get(),
        address=known_address(),
        previous=head.hash,
    )
    entry.hash = chain.hash_of(entry)
    head.move_to(entry)
    entry.append()
    return entry
