"""The queue of cases: who looks after which, what is noted, what is decided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.services.operators import suspend
from chatsystem.audit.actions import Action
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import (
    AnotherCaseOpen,
    CaseDecided,
    CaseNotFound,
    CaseUndecided,
    Forbidden,
    InvalidPayload,
    InvalidQuery,
    PersonNotFound,
)
from chatsystem.limits import MAX_LISTED_CASES, MAX_NOTE_LENGTH
from messaging.services.inspection import Inspected
from moderation.models import Case, Note, Report
from moderation.models.cases import OPEN_STATES
from moderation.services.redaction import announce, find_message, redact_found
from moderation.services.telling import tell_reporters
from moderation.texts import clean_words

DEFAULT_LIMIT = 25  # cases in one page
MAY_DECIDE = "moderation.decide_cases"
# What a decision takes, by page or by command: more than to decide where it does something to somebody.
NEEDED: Mapping[str, Sequence[str]] = {
    Case.Decision.NOTHING: (MAY_DECIDE,),
    Case.Decision.REDACT: (MAY_DECIDE, "moderation.redact_messages"),
    Case.Decision.SUSPEND: (MAY_DECIDE, "accounts.suspend_people"),
}


@dataclass(frozen=True, slots=True)
class Cases:
    """Some of the cases, the newest first, and what to ask for `before`: None at the end."""

    cases: Sequence[Case]
    older: int | None


def list_cases(
    *, states: Collection[str] = (), category: str | None = None,
    person_id: UUID | None = None, assignee: User | None = None, hidden_from: User | None = None,
    before: int | None = None, limit: int = DEFAULT_LIMIT,
) -> Cases:  # fmt: skip
    """Return up to `limit` cases, the newest first: those in one of some states, of a category, about a person, of a
    moderator; not those about whoever they are hidden from. The person's account may be gone; a case has the categories
    of all its reports.

    Raises `InvalidQuery` for a limit out of range, and a state or a category that isn't one.
    """
    if not 1 <= limit <= MAX_LISTED_CASES:
        raise InvalidQuery.of("limit", "out_of_range", f"A page has 1 to {MAX_LISTED_CASES} cases.", MAX_LISTED_CASES)
    if not set(states) <= set(Case.State.values):
        raise InvalidQuery.of("state", "invalid_choice", f"A state is one of {', '.join(Case.State.values)}.")
    if category is not None and category not in Report.Category.values:
        message = f"A category is one of {', '.join(Report.Category.values)}."
        raise InvalidQuery.of("category", "invalid_choice", message)
    asked = {"state__in": states or None, "person_id": person_id, "assignee": assignee, "pk__lt": before}
    wanted = Case.objects.filter(**{name: value for name, value in asked.items() if value is not None})
    if category is not None:
        wanted = wanted.filter(Exists(Report.objects.filter(case=OuterRef("pk"), category=category)))
    if hidden_from is not None:
        wanted = wanted.exclude(person_id=hidden_from.pk)
    found = list(wanted.select_related("assignee").order_by("-pk")[: limit + 1])
    return Cases(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def get_case(*, case_id: int, actor: Actor) -> Case:
    """Return a case for `actor` to look into. Raises `CaseNotFound`, and `Forbidden` where it is about them.

    So does everything else here: nobody learns who reported them, or closes a case of their own.
    """
    return _get(Case.objects.select_related("assignee"), case_id, actor)


def count_reports(*, cases: Sequence[Case]) -> Mapping[int, Mapping[str, int]]:
    """Return how many reports of which category each of some cases has, the most frequent first, by one query."""
    rows = Report.objects.filter(case__in=cases).order_by().values_list("case", "category").annotate(number=Count("pk"))
    counts: dict[int, dict[str, int]] = {case.pk: {} for case in cases}
    for case_id, category, number in sorted(rows, key=lambda row: (-row[2], row[1])):
        counts[case_id][category] = number
    return counts


def list_moderators() -> Sequence[User]:
    """Return whoever may be given a case, by name."""
    able = ModelBackend().with_perm(MAY_DECIDE).filter(is_staff=True).order_by("username_key")
    return [person for person in able if person.may_act]


def assign(*, case_id: int, to: User | None, actor: Actor, reason: str = "") -> Case:
    """Have `to` look after an undecided case, or nobody, which opens it for all again.

    Raises `CaseNotFound`, `CaseDecided`, and `InvalidPayload` for somebody who may not decide cases, or not this one.
    """
    reason = clean_reason(reason, required=False)
    if to is not None and not (to.may_act and to.is_staff and to.has_perm(MAY_DECIDE)):
        raise InvalidPayload.of("assignee", "not_a_moderator", "This person can't decide cases.")
    with transaction.atomic():
        case = _get_undecided(case_id, actor)
        if to is not None and to.pk == case.person_id:
            raise InvalidPayload.of("assignee", "own_case", "This case is about them.")
        before = _assignment(case)
        case.assignee, case.state = to, Case.State.ASSIGNED if to else Case.State.OPEN
        case.save(update_fields=["assignee", "state"])
        _record(case, Action.CASE_ASSIGNED, actor, before=before, after=_assignment(case), reason=reason)
    return case


def add_note(*, case_id: int, words: str, actor: Actor) -> Note:
    """Write something down for other moderators. The audit log tells that it was, not what.

    Raises `CaseNotFound`, and `InvalidPayload` for what is empty or too long.
    """
    words = clean_words(words, field="words", limit=MAX_NOTE_LENGTH, required=True)
    with transaction.atomic():
        case = _lock(case_id, actor)
        note = Note.objects.create(case=case, author_id=actor.id, author=actor.name, words=words)
        _record(case, Action.CASE_NOTED, actor, after={"note": note.pk})
    return note


def decide(
    *, case_id: int, decision: str, actor: Actor, reason: str, until: datetime | None = None, dry_run: bool = False
) -> Case:
    """Close a case: reject it by doing nothing, or resolve it by redacting its message or suspending its person.

    Whoever is suspended, `until` a time or for good, reads `reason` when they log in. A suspension that is in force is
    replaced, but not by one that ends earlier: another case may have led to it. Of several decisions at once one
    wins, and nothing of the others happens. Whoever reported it is sent word. With `dry_run` all is checked and nothing
    is done.
    Raises `CaseNotFound`, `CaseDecided`, `InvalidPayload`, `PersonNotFound` where the account is gone that is to be
    suspended, and `StorageUnavailable`, after which the case is undecided; the message may be redacted all the same.
    """
    reason = clean_reason(reason)
    case = get_case(case_id=case_id, actor=actor)
    _check_decision(case, decision, until)
    if case.is_decided:
        raise CaseDecided
    # Before the transaction, so that others wait for one write to Cassandra at most.
    found = None if dry_run else _announce_redaction(case, decision, actor, reason)
    with transaction.atomic():
        # The person before the case, as reports of them: in another order two would wait for each other for ever.
        person = _lock_person(case) if decision == Case.Decision.SUSPEND else None
        case = _get_undecided(case_id, actor)
        before = {"state": case.state}
        case.state = Case.State.REJECTED if decision == Case.Decision.NOTHING else Case.State.RESOLVED
        case.decision, case.decided_at = decision, timezone.now()
        case.save(update_fields=["state", "decision", "decided_at"])
        if person is not None:
            _check_is_not_shorter(person, until)
            suspend(person=person, until=until, reason=reason, actor=actor)
        if found is not None:
            redact_found(found, actor=actor, reason=reason, case_id=case.pk)
        tell_reporters(case, actor=actor)
        after = {"state": case.state, "decision": decision}
        _record(case, Action.CASE_DECIDED, actor, before=before, after=after, reason=reason)
        if dry_run:
            transaction.set_rollback(True)
    return case


def reopen(*, case_id: int, actor: Actor, reason: str) -> Case:
    """Take a decision back, for somebody to decide anew; what it did is not undone.

    Raises `CaseNotFound`, `CaseUndecided`, `InvalidPayload`, and `AnotherCaseOpen` where the person has another one.
    """
    reason = clean_reason(reason)
    case = get_case(case_id=case_id, actor=actor)
    with transaction.atomic():
        _hold_reports(case)
        case = _lock(case_id, actor)
        if not case.is_decided:
            raise CaseUndecided
        _check_is_only_one(case)
        before = {"state": case.state, "decision": case.decision}
        case.state, case.assignee, case.decision, case.decided_at = Case.State.OPEN, None, "", None
        case.save(update_fields=["state", "assignee", "decision", "decided_at"])
        _record(case, Action.CASE_REOPENED, actor, before=before, after={"state": case.state}, reason=reason)
    return case


def target_of(case: Case) -> Target:
    """Return what the audit log calls a case."""
    return Target("case", str(case.pk), case.person)


def _check_decision(case: Case, decision: str, until: datetime | None) -> None:
    if decision not in Case.Decision.values:
        message = f"A decision is one of {', '.join(Case.Decision.values)}."
        raise InvalidPayload.of("decision", "invalid_choice", message)
    if decision == Case.Decision.REDACT and case.about != Case.About.MESSAGE:
        message = "This case is about a person. What they wrote in a span of time is redacted by a job."
        raise InvalidPayload.of("decision", "not_of_message", message)
    if until is not None and decision != Case.Decision.SUSPEND:
        raise InvalidPayload.of("until", "not_suspended", "Only a suspension has an end.")


def _check_is_not_shorter(person: User, until: datetime | None) -> None:
    """Raise `InvalidPayload` where a suspension in force goes on after `until`."""
    if until is None or not person.is_suspended:
        return
    # By the minute: forms know no seconds.
    end = person.suspended_until and timezone.localtime(person.suspended_until).replace(second=0, microsecond=0)
    if end is None or until < end:
        told = f"until {end:%Y-%m-%d %H:%M %Z}" if end else "until somebody ends it"
        message = f"This person is suspended {told} already. A decision doesn't shorten that; their own page does."
        raise InvalidPayload.of("until", "shorter_suspension", message)


def _announce_redaction(case: Case, decision: str, actor: Actor, reason: str) -> Inspected | None:
    """Find what the decision redacts, if anything, and write down that it is going to be.

    Also without a content: a try before this one may have taken it, and told neither the case nor the cache.
    """
    if decision != Case.Decision.REDACT or not case.message_id:
        return None
    found = find_message(_people_of(case), case.message_id)
    if found is not None:
        announce(found, actor=actor, reason=reason, case_id=case.pk)
    return found


def _hold_reports(case: Case) -> None:
    """Have reports of a case's person wait, which look for an open case; call it before the case is locked."""
    if case.about == Case.About.PERSON:
        User.objects.select_for_update(no_key=True).filter(pk=case.person_id).first()


def _check_is_only_one(case: Case) -> None:
    """Raise `AnotherCaseOpen`, while reports of the person are held."""
    if case.about != Case.About.PERSON:
        return
    if Case.objects.filter(about=case.about, person_id=case.person_id, state__in=OPEN_STATES).exists():
        raise AnotherCaseOpen


def _people_of(case: Case) -> list[UUID]:
    """Return who has a copy of the case's message, or had: who reported it, and its author."""
    return [*case.reports.values_list("reporter_id", flat=True), case.person_id]


def _lock_person(case: Case) -> User:
    """Return whoever a case is about, locked as `suspend` locks them. Raises `PersonNotFound`."""
    person = User.objects.select_for_update(no_key=True).filter(pk=case.person_id).first()
    if person is None:
        raise PersonNotFound("The account that this case is about is gone.")
    return person


def _get(cases: QuerySet[Case], case_id: int, actor: Actor) -> Case:
    case = cases.filter(pk=case_id).first()
    if case is None:
        raise CaseNotFound
    if actor.id == str(case.person_id):
        raise Forbidden("This case is about you; somebody else looks after it.")
    return case


def _lock(case_id: int, actor: Actor) -> Case:
    return _get(Case.objects.select_for_update(of=("self",)), case_id, actor)


def _get_undecided(case_id: int, actor: Actor) -> Case:
    """Return a case, locked. Raises `CaseDecided` too."""
    case = _lock(case_id, actor)
    if case.is_decided:
        raise CaseDecided
    return case


def _assignment(case: Case) -> dict[str, str | None]:
    return {"state": case.state, "assignee": case.assignee.username if case.assignee else None}


def _record(case: Case, action: Action, actor: Actor, **what: object) -> None:
    record(actor=actor, action=action, target=target_of(case), **what)  # type: ignore[arg-type]  # passed on
