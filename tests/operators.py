"""Who acts where a test needs an operator, and what the audit log says of it."""

from chatsystem.audit.models import AuditEntry
from chatsystem.audit.types import Actor

OPERATOR = Actor("person", "7d9f3f0c-5f0c-4c8e-9d46-5a1f6a9f2f10", "olga")


def told():
    """Return what the last entry of the audit log says, and its target's name."""
    entry = AuditEntry.objects.order_by("-number").first()
    return entry and {
        "actor": entry.actor_name,
        "action": entry.action,
        "target": entry.target_name,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
    }


def entries():
    """Return how many entries there are."""
    return AuditEntry.objects.count()
