"""Reporting a message or a person, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.services.people import find_person
from chatsystem.errors import CannotReportYourself, InvalidPayload, InvalidQuery, PersonNotFound
from chatsystem.limits import MAX_LISTED_REPORTS, MAX_REPORT_LENGTH
from messaging.services.one_message import get_message
from moderation.models import Case, Report
from moderation.models.cases import OPEN_STATES
from moderation.services import evidence
from moderation.services.evidence import Seen
from moderation.texts import clean_words

DEFAULT_LIMIT = 25  # reports in one answer


@dataclass(frozen=True, slots=True)
class Told:
    """A report as its reporter sees it: not who looks after it, nor what others say of the same."""

    id: UUID
    message_id: UUID | None  # None where a person is reported
    username: str  # whoever is reported, or wrote what is
    category: str
    words: str
    created_at: datetime
    state: str
    outcome: str | None  # what was decided, as `Case.Decision` has it; None: nothing yet
    decided_at: datetime | None

    @classmethod
    def of(cls, report: Report) -> "Told":
        """Return what is told of a report."""
        case = report.case
        return cls(
            report.pk,
            case.message_id,
            case.person,
            report.category,
            report.words,
            report.created_at,
            case.state,
            case.decision or None,
            case.decided_at,
        )


@dataclass(frozen=True, slots=True)
class ToldReports:
    """Some of a person's reports, the newest first, and what to ask for `before`: None at the end."""

    reports: list[Told]
    older: UUID | None


def report_message(*, reporter: User, message_id: UUID, category: str, words: str = "", seen: str = "") -> Told:
    """Report a message of which `reporter` has a copy; the message and what stands around it is kept as they see it.

    With `seen`, as `mark_of` made it of the message, that is what they saw before: else `ChangedMeanwhile`.
    Whoever reports it again is answered with their first report, which stays as it was. Raises `InvalidPayload`,
    `MessageNotFound` for a stranger's, an unknown and a removed one alike, `CannotReportYourself`, and
    `StorageUnavailable`: then nothing is stored.
    """
    category, words = _clean(category, words)
    first = find_report_of_message(reporter=reporter, message_id=message_id)
    if first is not None:
        return first
    message = get_message(owner=reporter, message_id=message_id)
    if message.sender_id == reporter.pk:
        raise CannotReportYourself
    evidence.check_unchanged([message], seen)
    kept = evidence.evidence_of_message(reporter=reporter, message=message)
    with transaction.atomic():
        _lock(reporter.pk)  # nobody else can report it: the one other person who has it wrote it
        author = {"about": Case.About.MESSAGE, "person_id": message.sender_id, "person": message.sender}
        case, _ = Case.objects.get_or_create(message_id=message.id, defaults=author)
        return _join(case, reporter, category, words, kept)


def report_person(*, reporter: User, username: str, category: str, words: str = "", seen: str = "") -> Told:
    """Report whoever has that name, with the newest messages that `reporter` has with them, if any.

    With `seen`, as `mark_of` made it of those messages, they are what `reporter` saw before, without any that came
    since: else `ChangedMeanwhile`. It joins the person's open case; whoever is in that already is answered with their
    first report. Raises `InvalidPayload`, `PersonNotFound`, which tells who exists, as registering does by
    `UsernameTaken`, `CannotReportYourself`, and `StorageUnavailable`.
    """
    category, words = _clean(category, words)
    person = find_person(username=username)
    if person is None:
        raise PersonNotFound
    if person == reporter:
        raise CannotReportYourself
    kept = evidence.evidence_of_person(reporter=reporter, person_id=person.pk, seen=seen)
    with transaction.atomic():
        _lock(person.pk)  # so that two first reports make one case
        about: dict[str, Any] = {"about": Case.About.PERSON, "person_id": person.pk}
        # Locked, so that nobody decides it before this report is in it.
        case = Case.objects.select_for_update().filter(**about, state__in=OPEN_STATES).first()
        case = case or Case.objects.create(**about, person=person.username)
        return _join(case, reporter, category, words, kept)


def list_reports(*, reporter: User, before: UUID | None = None, limit: int = DEFAULT_LIMIT) -> ToldReports:
    """Return up to `limit` of the reports that `reporter` made, the newest first, or those made `before` one of them.

    Raises `InvalidQuery` for a limit out of range and a report that isn't theirs.
    """
    if not 1 <= limit <= MAX_LISTED_REPORTS:
        message = f"A list has 1 to {MAX_LISTED_REPORTS} reports."
        raise InvalidQuery.of("limit", "out_of_range", message, MAX_LISTED_REPORTS)
    own = Report.objects.filter(reporter_id=reporter.pk)
    found = list(_before(own, before).select_related("case").order_by("-created_at", "-id")[: limit + 1])
    older = found[limit - 1].pk if len(found) > limit else None
    return ToldReports([Told.of(report) for report in found[:limit]], older)


def read_place(text: str | None) -> UUID | None:
    """Return the place in a list that an address names. Raises `InvalidQuery`."""
    try:
        return UUID(text) if text is not None else None
    except ValueError as error:
        raise _no_place() from error


def find_report(*, reporter: User, report_id: UUID) -> Told | None:
    """Return a report that `reporter` made, if there is such a one."""
    return _find(reporter, pk=report_id)


def find_report_of_message(*, reporter: User, message_id: UUID) -> Told | None:
    """Return the report that `reporter` made of a message, if any."""
    return _find(reporter, case__message_id=message_id)


def find_report_of_person(*, reporter: User, person: User) -> Told | None:
    """Return the report by which `reporter` is in the open case about a person, if any."""
    about = {"case__about": Case.About.PERSON, "case__person_id": person.pk}
    return _find(reporter, case__state__in=OPEN_STATES, **about)


def _find(reporter: User, **which: Any) -> Told | None:
    report = Report.objects.filter(reporter_id=reporter.pk, **which).select_related("case").first()
    return Told.of(report) if report is not None else None


def _before(own: QuerySet[Report], before: UUID | None) -> QuerySet[Report]:
    if before is None:
        return own
    place = own.filter(pk=before).first()
    if place is None:
        raise _no_place()
    return own.filter(Q(created_at__lt=place.created_at) | Q(created_at=place.created_at, pk__lt=place.pk))


def _no_place() -> InvalidQuery:
    return InvalidQuery.of("before", "invalid_cursor", "This is no report of yours; take one from an answer.")


def _clean(category: str, words: str) -> tuple[str, str]:
    if category not in Report.Category.values:
        message = f"A category is one of {', '.join(Report.Category.values)}."
        raise InvalidPayload.of("category", "invalid_choice", message)
    return category, clean_words(words, field="words", limit=MAX_REPORT_LENGTH)


def _lock(person_id: UUID) -> None:
    """Let one report at a time go on; without the key, so that rows that refer to the person needn't wait."""
    User.objects.select_for_update(no_key=True).filter(pk=person_id).first()


def _join(case: Case, reporter: User, category: str, words: str, kept: Seen) -> Told:
    """Store a report of a case, or return the one that its reporter made first."""
    values = {"reporter": reporter.username, "category": category, "words": words}
    report, is_new = Report.objects.get_or_create(case=case, reporter_id=reporter.pk, defaults=values)
    if is_new:
        evidence.keep(report, kept)
    return Told.of(report)
