"""Entries for tests."""

from django.db import transaction

from chatsystem.audit.actions import Action
from chatsystem.audit.recording import record
from chatsystem.audit.types import Target
from tests.operators import OPERATOR

ALICE = Target("person", "5a1f6a9f-0000-4000-8000-000000000001", "alice")


def write(number=1, *, action=Action.PERSON_SUSPENDED, actor=OPERATOR, target=ALICE, **told):
    """Write so many entries, each in a transaction of its own, and return the last."""
    for _ in range(number):
        with transaction.atomic():
            entry = record(actor=actor, action=action, target=target, **told)
    return entry
