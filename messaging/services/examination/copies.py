"""Judging the copies of one message: what is true of it, and what each copy lacks of that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from messaging.services.examination.findings import Kind
from messaging.store.examination import COLUMNS, NO_COPY, Cell, Copy, Mend
from messaging.store.rows import as_message
from messaging.types import Message, Timeline, moment_of, stamp_of

OF_SENDS = frozenset({"sender_id", "sender", "recipient_id", "recipient", "content"})  # what every message has
PERSONAL = frozenset({"removed_at"})  # not true of the message, but of one person's copies
CHANGED = ("edited_at", "redacted_at", "removed_at")  # when something happened to it
CLEARED = ("sender", "recipient", "content")  # what a removal takes


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one copy, and how to mend it: None where it can't be."""

    kind: Kind
    timeline: Timeline
    mend: Mend | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The faults of a message's copies, and the message as it should be: None where that isn't known."""

    faults: Sequence[Fault]
    message: Message | None
    removed_by: frozenset[UUID]

    def change_of(self, owner_id: UUID) -> str | None:
        """Return what catching up shall tell an owner whose copies are mended."""
        kinds = {fault.kind for fault in self.faults if fault.timeline.owner_id == owner_id and fault.mend}
        if not kinds:
            return None
        if owner_id in self.removed_by:
            return "removed"
        if "missing_copy" in kinds:
            return "sent"
        return "redacted" if self.message and self.message.redacted_at else "edited"


def judge(message_id: UUID, copies: Mapping[Timeline, Copy]) -> Judgement:
    """Compare the copies of a message, the places where there is none included.

    Of each value the one with the latest stamp is true, wherever it stands, as it would be in one row.
    """
    truth = _truth(copies.values())
    if "sender_id" not in truth:  # only what changes left that met nothing
        return Judgement([], None, frozenset())
    removals = _removals(copies)
    faults = [
        fault
        for timeline, copy in copies.items()
        if (fault := _judge_copy(message_id, timeline, copy, truth, removals.get(timeline.owner_id)))
    ]
    return Judgement(faults, _as_message(message_id, truth), frozenset(removals))


def is_settled(message_id: UUID, copies: Mapping[Timeline, Copy], stamp: int) -> bool:
    """Whether nothing happened to a message after a stamp: a write under way is no fault."""
    moments = (copy.value(column) for copy in copies.values() for column in CHANGED)
    moment = moment_of(stamp).replace(tzinfo=None)  # the driver answers in UTC and doesn't say so
    return stamp_of(message_id) <= stamp and all(one is None or one <= moment for one in moments)


def _truth(copies: Iterable[Copy]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for copy in copies:
        for column, cell in copy.cells.items():
            if column not in PERSONAL and (column not in cells or cell.rank > cells[column].rank):
                cells[column] = cell
    return cells


def _removals(copies: Mapping[Timeline, Copy]) -> dict[UUID, Cell]:
    """Return the last removal by each owner who removed their copies."""
    removals: dict[UUID, Cell] = {}
    for timeline, copy in copies.items():
        cell = copy.cells.get("removed_at")
        if cell and (timeline.owner_id not in removals or cell.rank > removals[timeline.owner_id].rank):
            removals[timeline.owner_id] = cell
    return removals


def _judge_copy(
    message_id: UUID, timeline: Timeline, copy: Copy, truth: Mapping[str, Cell], removal: Cell | None
) -> Fault | None:
    if removal:
        return _judge_removed(message_id, timeline, copy, truth, removal)
    if not truth.keys() >= OF_SENDS:
        return Fault("lost_content", timeline, None)
    lacking = {column: cell for column, cell in truth.items() if copy.value(column) != cell.value}
    if not lacking:
        return None
    kind: Kind = "differing_copy" if copy.has_people else "missing_copy"
    return Fault(kind, timeline, Mend(timeline, message_id, lacking))


def _judge_removed(
    message_id: UUID, timeline: Timeline, copy: Copy, truth: Mapping[str, Cell], removal: Cell
) -> Fault | None:
    """A removed copy has its ids and says so; what a removal takes may only be there again as a redaction's blank."""
    ids = {column: truth[column] for column in ("sender_id", "recipient_id") if column not in copy.cells}
    is_cleared = not any(copy.value(column) for column in CLEARED)
    if copy.is_removed and is_cleared and not ids:
        return None
    return Fault("unfinished_removal", timeline, Mend(timeline, message_id, ids, removal))


def _as_message(message_id: UUID, truth: Mapping[str, Cell]) -> Message | None:
    if not truth.keys() >= OF_SENDS:
        return None
    whole = Copy(truth)
    return as_message((message_id, *(whole.value(column) for column in COLUMNS if column not in PERSONAL)))


def places(message_id: UUID, read: Mapping[Timeline, Mapping[UUID, Copy]]) -> dict[Timeline, Copy]:
    """Return what each place has of one message, out of a reading of many."""
    return {timeline: copies.get(message_id, NO_COPY) for timeline, copies in read.items()}
