"""Deciding a case, and how it stands then."""

from moderation.models import Case
from moderation.services.cases import (
    decide,
)
from tests.moderation.making import (
    MODERATOR,
)


def stored(case):
    found = Case.objects.get(pk=case.pk)
    return found.state, found.decision, found.assignee and found.assignee.username, found.decided_at is not None


OPEN = ("open", "", None, False)


def act(case, decision, **options):
    return decide(case_id=case.pk, decision=decision, actor=MODERATOR, **{"reason": "rule 1", **options})
