"""The figures of the admin's index: one request to SQL and one to Redis, whatever number of people there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.utils import timezone

from accounts.models import Session, User
from chatsystem.jobs.models import Job
from messaging.activity import Activity, read_activity
from moderation.models import Case
from moderation.models.cases import OPEN_STATES

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """How much of what there is. `messages` is approximate (see `messaging.activity`), and None while Redis is away."""

    people: int
    new_today: int  # since midnight by the current time zone
    active_day: int  # people whose session was seen, to a few minutes
    active_week: int
    open_cases: int
    failed_jobs: int
    messages: Activity | None


def read_figures() -> Figures:
    """Return the figures. Cassandra isn't asked: it would read every row to count them."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    seen = Session.objects.filter(last_seen_at__gt=now - 7 * DAY)
    counts = _count(
        people=User.objects.all(),
        new_today=User.objects.filter(date_joined__gte=midnight),
        active_day=_people_of(seen.filter(last_seen_at__gt=now - DAY)),
        active_week=_people_of(seen),
        open_cases=Case.objects.filter(state__in=OPEN_STATES),
        failed_jobs=Job.objects.filter(state=Job.State.FAILED),
    )
    return Figures(**counts, messages=read_activity())


def _people_of(sessions: QuerySet[Session]) -> QuerySet[Any]:
    return User.objects.filter(pk__in=sessions.values("person"))


def _count(**rows: QuerySet[Any]) -> Mapping[str, int]:
    """Return the number of each of several sets of rows, by one query."""
    parts = [
        found.order_by().annotate(figure=Value(name)).values("figure").annotate(number=Count("pk"))
        for name, found in rows.items()
    ]
    united = parts[0].union(*parts[1:], all=True)
    return dict.fromkeys(rows, 0) | {row["figure"]: row["number"] for row in united}
