"""Reading the audit log. No page counts it or skips rows: of a million entries it costs what it does of a hundred."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Value
from django.db.models.functions import Coalesce

from chatsystem.audit.actions import Action
from chatsystem.audit.models import AuditEntry, Entries
from chatsystem.audit.types import Target

AT_ONCE = 1_000  # entries in memory while the log is walked


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries are wanted: all of what is given must be so. A target's id goes with its kind."""

    actor_id: str = ""
    action: str = ""
    target_kind: str = ""
    target_id: str = ""
    since: datetime | None = None
    until: datetime | None = None  # not itself

    def apply(self) -> Entries:
        """Return the entries, in no order."""
        wanted = {"actor_id": self.actor_id, "action": self.action}
        if self.target_id:
            wanted |= {"target_kind": self.target_kind, "target_id": self.target_id}
        found = AuditEntry.objects.filter(**{name: value for name, value in wanted.items() if value})
        if self.target_kind and not self.target_id:
            # As an expression, so that the index of targets isn't used: a kind's numbers are in no order there, and all
            # that are left would be sorted for each read of some.
            found = found.alias(kind=Coalesce("target_kind", Value(""))).filter(kind=self.target_kind)
        # Times never go backwards, so a span is found by two looks and read by number, as everything else.
        if self.since is not None:
            found = found.filter(number__gte=_first_since(self.since))
        if self.until is not None:
            found = found.filter(number__lt=_first_since(self.until))
        return found


ALL = Filters()


def list_entries(*, filters: Filters = ALL, before: int | None = None, limit: int) -> list[AuditEntry]:
    """Return up to `limit` entries, the last one first; `before` a number, those that come next."""
    found = filters.apply()
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found.order_by("-number")[:limit])


def find_last_action(*, target: Target, among: Collection[Action]) -> str | None:
    """Return the last of some actions that the log tells of a target: None where it tells of none."""
    found = Filters(target_kind=target.kind, target_id=target.id).apply().filter(action__in=among)
    return found.order_by("-number").values_list("action", flat=True).first()


def walk(filters: Filters, *, up_to: int) -> Iterator[AuditEntry]:
    """Return all entries up to that number in order, however many, by short reads."""
    found = filters.apply().filter(number__lte=up_to).order_by("number")
    number = 0
    while batch := list(found.filter(number__gt=number)[:AT_ONCE]):
        yield from batch
        number = batch[-1].number


def are_more_than(limit: int, *, filters: Filters) -> bool:
    """Whether so many entries and one more are wanted; only their numbers are looked at, and none behind that one."""
    return filters.apply().order_by("number").values_list("number")[limit : limit + 1].exists()


def _first_since(at: datetime) -> int:
    """Return the number of the first entry that isn't before `at`, or one that no entry has yet."""
    # Ordered by time and number, as the index has it.
    first = AuditEntry.objects.filter(at__gte=at).order_by("at", "number").values_list("number", flat=True).first()
    return int(first) if first is not None else LAST + 1


LAST = 2**63 - 2  # of all numbers that there may ever be
