"""What the admin tells of a case."""

from collections.abc import Mapping

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.listing import Row, Table, when
from accounts.models import User
from moderation.models import Case

SHOWN = 100  # reports and notes on a case's page


def facts_of(request: HttpRequest, case: Case) -> list[tuple[str, object]]:
    """Return what is known of a case, by the names that operators read."""
    person: object = case.person
    if request.user.has_perm("accounts.view_user"):
        url = reverse("admin:accounts_user_change", args=[case.person_id])
        person = format_html('<a href="{}">{}</a>', url, case.person)
    facts: list[tuple[str, object]] = [
        ("About", case.get_about_display()),
        ("Whoever is reported" if case.message_id is None else "Its author", person),
        ("Message", case.message_id),
        ("State", case.get_state_display()),
        ("Assigned to", case.assignee and case.assignee.username),
        ("Since", when(case.created_at)),
        ("Decision", case.get_decision_display()),
        ("Decided", when(case.decided_at)),
    ]
    return [*((name, value) for name, value in facts if name != "Message" or value), *suspension_of(case)]


def suspension_of(case: Case) -> list[tuple[str, object]]:
    """Return how whoever a case is about is kept out, which another case may have led to; nothing if they aren't."""
    person = User.objects.filter(pk=case.person_id).first()
    if person is None or not person.is_suspended:
        return []
    until = person.suspended_until
    told = format_html("until {}", when(until)) if until else "until somebody ends it"
    return [("Suspended", told), ("Suspended because", person.suspension_reason)]


def reports_of(case: Case) -> Table:
    """Return what was said of it, the first one first."""
    rows = [
        Row((one.reporter, one.get_category_display(), as_written(one.words), when(one.created_at)))
        for one in case.reports.order_by("created_at", "pk")[:SHOWN]
    ]
    title = "Reports" if len(rows) < SHOWN else f"The first {SHOWN} reports"
    return Table(title, ("By", "Category", "In their words", "Time"), rows)


def notes_of(case: Case) -> Table:
    """Return what moderators wrote down, the last one first."""
    rows = [
        Row((one.author, as_written(one.words), when(one.created_at))) for one in case.notes.order_by("-pk")[:SHOWN]
    ]
    title = "Notes" if len(rows) < SHOWN else f"The last {SHOWN} notes"
    return Table(title, ("By", "Note", "Time"), rows)


def title_of(case: Case) -> str:
    """Return what a case is called above its page."""
    return f"Case {case.pk}"


def subject_of(case: Case) -> str:
    """Return what a case is about, in a few words."""
    return f"a message of {case.person}" if case.message_id else case.person


def name_of(category: str) -> str:
    """Return a category in a word or two; reporters choose by longer ones."""
    return category.replace("_", " ")


def in_short(counts: Mapping[str, int]) -> str:
    """Return how many reports of which category there are."""
    return ", ".join(f"{number} {name_of(category)}" for category, number in counts.items())


def as_written(text: str) -> str:
    """Return what somebody wrote, with its lines."""
    return format_html('<span class="written" dir="auto">{}</span>', text) if text else ""
