"""Whether the audit log is whole: nothing changed, removed, inserted or moved, and nothing cut off at its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from chatsystem.audit import chain
from chatsystem.audit.models import THE_HEAD, AuditEntry, AuditHead

AT_ONCE = 1_000  # entries in memory
AHEAD = timedelta(minutes=1)  # machines whose clocks are set differ by less
BEFORE_ALL = -(2**63)  # no number is smaller
UNREADABLE = "it was changed: it can't be read any more"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: how many entries are as they were written, and what is wrong first, if anything."""

    entries: int
    hash: str  # of the last of them; with its number it vouches for all of them
    broken_at: int | None = None  # the number of the first entry that isn't as it should be
    problem: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken_at is None


def verify(*, known: tuple[int, str] | None = None) -> Verdict:
    """Walk the whole chain, in bounded memory, while others go on writing.

    `known` is a number and a hash that were noted earlier, outside of the database: without it, whoever may do
    everything there can write a whole new chain. Raises Django's `DatabaseError` where SQL is away.
    """
    head = _head()
    number, previous = 0, chain.START
    for entry in _entries(head.number):
        if entry is None:
            return Verdict(number, previous, number + 1, UNREADABLE)
        problem = _problem_of(entry, number + 1, previous)
        if not problem and known is not None and known[0] == number + 1 and entry.hash != known[1]:
            problem = "its hash is another than the one that was noted"
        if problem:
            return Verdict(number, previous, number + 1, problem)
        number, previous = number + 1, entry.hash
    return _end(head, number, previous, known)


def ahead_until() -> datetime | None:
    """Return the log's last time where it's clearly still to come; until then all new entries carry that time.

    That is what a clock leaves behind that ran ahead, on any machine: times of entries never go backwards.
    """
    at = _head().at
    return at if at > timezone.now() + AHEAD else None


def _end(head: AuditHead, number: int, previous: str, known: tuple[int, str] | None) -> Verdict:
    problem = ""
    # The last entry is read before the head: in between, both may only grow together.
    last = AuditEntry.objects.order_by("-number").values_list("number", flat=True).first() or 0
    if number < head.number:
        problem = f"the log was cut off here: its head stands at {head.number}"
    elif previous != head.hash:
        return Verdict(number - 1, previous, number, "its hash is another than the head's")
    elif last > _head().number:
        problem = "it stands behind the head, where record did not write it"
    elif known is not None and known[0] > number:
        problem = f"the log was cut off here: entry {known[0]} was noted once"
    return Verdict(number, previous, number + 1 if problem else None, problem)


def _problem_of(entry: AuditEntry, number: int, previous: str) -> str:
    if entry.number != number:
        return f"it is missing: the next is {entry.number}"
    if entry.previous != previous:
        return "it doesn't name the hash of the one before"
    try:
        is_own = chain.hash_of(entry) == entry.hash
    except TypeError:  # a value that no entry can have
        is_own = False
    return "" if is_own else "it was changed: its hash is another one's"


def _entries(last: int) -> Iterator[AuditEntry | None]:
    """Return entries up to a number, in order, by short reads: none keeps the database from anything.

    None stands for one that can't even be read, and is the last.
    """
    number, size = BEFORE_ALL, AT_ONCE
    while True:
        found = AuditEntry.objects.filter(number__gt=number, number__lte=last).order_by("number")
        try:
            batch = list(found[:size])
        except (TypeError, ValueError):  # SQLite keeps what is no JSON, or no time, when told to
            if size == 1:
                yield None
                return
            size = 1
            continue
        yield from batch
        if not batch:
            return
        number = batch[-1].number


def _head() -> AuditHead:
    """Return where the log ends, by its own row; without one, everything that is there is behind the end."""
    return AuditHead.objects.filter(pk=THE_HEAD).first() or AuditHead()
