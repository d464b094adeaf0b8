"""What people reported, in the admin: the queue, a case, its evidence, and what is decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from accounts.acting import ActionPage, MomentField, ReasonForm
from accounts.listing import PAGE, FilterForm, Link, Row, Table, listing_page, when
from accounts.models import User
from accounts.services import operators
from accounts.services.people import find_id
from chatsystem.audit.types import Actor
from chatsystem.errors import CaseNotFound, Forbidden, InvalidQuery
from chatsystem.limits import MAX_NOTE_LENGTH, MAX_REASON_LENGTH
from moderation.admin import asking
from moderation.admin.audit import as_number
from moderation.admin.case_facts import (
    facts_of,
    in_short,
    name_of,
    notes_of,
    reports_of,
    subject_of,
    suspension_of,
    title_of,
)
from moderation.admin.messages import LOOK_UP, Shown, rights_of
from moderation.admin.reading import ReadOnlyAdmin
from moderation.models import Case, Report
from moderation.models.cases import OPEN_STATES
from moderation.services import cases
from moderation.services.cases import MAY_DECIDE, NEEDED
from moderation.services.lookup import look_up_case

State, Decision = Case.State, Case.Decision
FILES = 10  # reports with their evidence on one page: each has up to eleven messages
AFTER = "after"  # the field that says where a page of evidence begins


class CaseFilter(FilterForm):
    """Which cases to list; without a choice, those that somebody must still do something about."""

    state = forms.ChoiceField(
        required=False, choices=[("", "open or assigned"), *State.choices, ("any", "any, decided too")]
    )
    category = forms.ChoiceField(required=False)
    assignee = forms.ChoiceField(label="Assigned to", required=False, choices=[("", "anybody or nobody"), ("me", "me")])
    person = forms.CharField(label="About", required=False, help_text="A person's name or id.")
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["category"]
        field.choices = [("", "any"), *((category, name_of(category)) for category in Report.Category.values)]

    def find(self, operator: User) -> cases.Cases:
        """Return the cases that were chosen. A name that nobody has finds none."""
        chosen = self.chosen
        person_id = find_id(name=chosen["person"]) if chosen["person"] else None
        if chosen["person"] and person_id is None:
            return cases.Cases([], None)
        states = {"": OPEN_STATES, "any": ()}.get(chosen["state"], (chosen["state"],))
        return cases.list_cases(
            states=states,
            category=chosen["category"] or None,
            person_id=person_id,
            assignee=operator if chosen["assignee"] else None,
            hidden_from=operator,
            before=chosen["before"],
            limit=PAGE,
        )


class CasePage(ActionPage):
    """Does something about one case."""

    form_class: Any = ReasonForm
    permission = MAY_DECIDE
    is_dangerous = False
    case: Case

    def check_permission(self, request: HttpRequest) -> None:
        """Find the case too."""
        super().check_permission(request)
        self.case = find_or_404(request, self.kwargs["object_id"])

    def get_back(self) -> str:
        """Go back to the case."""
        return address_of(self.case)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Say which it is."""
        return super().get_context_data(**{"subtitle": title_of(self.case), **context})


class EvidencePage(CasePage):
    """Shows what reporters saw when they reported, for a reason."""

    template_name = "admin/evidence.html"
    permission = LOOK_UP
    title = "Evidence"
    text = (
        "The messages as their reporters saw them, whatever became of them since, with what stood around them. "
        "Who looks and why is written into the audit log before anything is shown."
    )
    button = "Show it"

    def act(self, *, reason: str) -> HttpResponse:
        """Look, and show it."""
        file = look_up_case(case_id=self.case.pk, actor=self.actor, reason=reason, after=self.after, limit=FILES)
        files = [
            (one.report, [Shown.of_evidence(kept, person_id=one.report.reporter_id) for kept in one.evidence])
            for one in file.reports
        ]
        context = self.get_context_data(
            form=None, files=files, has_looked=True, reason=reason, later=file.later, is_first=self.after is None
        )
        return self.render_to_response({**context, **rights_of(self.request), "case": self.case})

    @property
    def after(self) -> UUID | None:
        """The report after which the page begins. Raises `InvalidQuery`."""
        place = self.request.POST.get(AFTER)
        try:
            return UUID(place) if place else None
        except ValueError as error:
            raise InvalidQuery.of(AFTER, "invalid_cursor", "This is no report of the case.") from error


class NoteForm(forms.Form):
    """What to write down."""

    words = forms.CharField(
        label="Note",
        help_text="Other moderators read it. The audit log tells that there is a note, and not what it says.",
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": MAX_NOTE_LENGTH}),
    )


class NotePage(CasePage):
    """Writes a note."""

    form_class = NoteForm
    title = "Write a note"
    button = "Write it down"

    def act(self, *, words: str) -> str:
        """Do it."""
        cases.add_note(case_id=self.case.pk, words=words, actor=self.actor)
        return "The note is written down."


class AssignmentForm(forms.Form):
    """Who looks after a case."""

    assignee = forms.ChoiceField(label="Assign to", required=False)
    reason = forms.CharField(
        required=False,
        help_text="Stays in the audit log.",
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_REASON_LENGTH}),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["assignee"]
        field.choices = choices


class AssignPage(CasePage):
    """Gives a case to somebody, or to nobody."""

    form_class = AssignmentForm
    title = "Assign"
    text = "Whoever looks after a case decides it; others see that they do. A case of nobody's is open for all."
    button = "Assign"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer whoever may decide the case, and begin with whoever asks."""
        me, about = self.request.user, self.case.person_id
        self.moderators = {str(person.pk): person for person in cases.list_moderators() if person.pk != about}
        choices = [(pk, f"{one.username} (me)" if one == me else one.username) for pk, one in self.moderators.items()]
        return {**super().get_form_kwargs(), "choices": [("", "nobody"), *choices], "initial": {"assignee": me.pk}}

    def act(self, *, assignee: str, reason: str) -> str:
        """Do it."""
        to = self.moderators[assignee] if assignee else None
        cases.assign(case_id=self.case.pk, to=to, actor=self.actor, reason=reason)
        return f"The case is assigned to {to.username}." if to else "The case is open for everybody."


class DecisionForm(ReasonForm):
    """What is decided, and why."""

    decision = forms.ChoiceField(label="Decision")
    until = MomentField(label="Suspended until", required=False)
    field_order = ("decision", "until", "reason")

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["decision"]
        field.choices = choices
        self.fields["reason"].help_text = "Stays in the audit log. Whoever is suspended reads it when they log in."
        zone = timezone.get_current_timezone_name()
        self.fields["until"].help_text = f"Of a suspension. Empty: until somebody ends it. By {zone} time."
        if Decision.SUSPEND not in dict(choices):
            del self.fields["until"]


class DecidePage(CasePage):
    """Closes a case."""

    form_class = DecisionForm
    title = "Decide"
    text = "Doing nothing rejects the case; anything else resolves it. Whoever reported is told what was decided."
    button = "Decide"

    @property
    def is_dangerous(self) -> bool:  # type: ignore[override]  # known only from what was decided
        """Whether it does anything to anybody."""
        return self.request.POST.get("decision") in {Decision.REDACT, Decision.SUSPEND}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what whoever asks may do."""
        choices = [one for one in Decision.choices if may_decide(self.request, self.case, one[0])]
        return {**super().get_form_kwargs(), "choices": choices}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Say by what the person is kept out already."""
        return super().get_context_data(**{"facts": suspension_of(self.case), **context})

    def act(self, *, decision: str, reason: str, until: datetime | None = None) -> str:
        """Do it."""
        cases.decide(case_id=self.case.pk, decision=decision, until=until, actor=self.actor, reason=reason)
        return f"The case is decided: {Decision(decision).label}."


class ReopenPage(CasePage):
    """Takes a decision back."""

    title = "Reopen"
    text = "Somebody decides anew. What the decision did is not undone."
    button = "Reopen"

    def act(self, *, reason: str) -> str:
        """Do it."""
        cases.reopen(case_id=self.case.pk, actor=self.actor, reason=reason)
        return "The case is open again."


ACTIONS: Mapping[str, type[CasePage]] = {
    "evidence": EvidencePage,
    "decide": DecidePage,
    "reopen": ReopenPage,
    "assign": AssignPage,
    "note": NotePage,
}
WHILE_UNDECIDED, WHEN_DECIDED = {"assign", "decide"}, {"reopen"}


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Lists cases, the newest first, and shows one with its reports and notes."""

    def get_urls(self) -> Any:
        """Add the actions."""
        pages = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(page.as_view(site=self.admin_site)),
                name=f"moderation_case_{name}",
            )
            for name, page in ACTIONS.items()
        ]
        return [*pages, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """List them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = CaseFilter(request.GET)
        operator: Any = request.user
        found = form.find(operator)
        may_see_reports = request.user.has_perm("moderation.view_report")
        counts = cases.count_reports(cases=found.cases) if may_see_reports else {}
        rows = [
            Row((one.pk, subject_of(one), in_short(counts.get(one.pk, {})), one.get_state_display(),
                 one.assignee.username if one.assignee else "", one.get_decision_display(),
                 when(one.created_at)), url=address_of(one))
            for one in found.cases
        ]  # fmt: skip
        columns = ("Case", "About", "Reports", "State", "Assigned to", "Decision", "Since")
        table = Table("Cases", columns, rows, empty="Nothing is waiting here.")
        return listing_page(request, self.admin_site, title="Reports", table=table, form=form, older=found.older)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> TemplateResponse:
        """Show one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        case = find_or_404(request, object_id)
        tables = []
        if request.user.has_perm("moderation.view_report"):
            tables.append(reports_of(case))
        if request.user.has_perm("moderation.view_note"):
            tables.append(notes_of(case))
        actions = actions_for(request, case)
        return self.show(request, title=title_of(case), facts=facts_of(request, case), tables=tables, actions=actions)


def actions_for(request: HttpRequest, case: Case) -> list[Link]:
    """Return ways to what whoever looks may do about a case that is as it is."""
    useless = WHILE_UNDECIDED if case.is_decided else WHEN_DECIDED
    links = [
        Link(reverse(f"admin:moderation_case_{name}", args=[case.pk]), page.title)
        for name, page in ACTIONS.items()
        if name not in useless and request.user.has_perm(page.permission)
    ]
    rights = rights_of(request)
    whose = {"person": case.person_id, "case": case.pk}
    may_act = may_act_on_person(request, case)
    if rights["may_look_up"] and case.message_id:
        url = asking.address_of("around", **whose, message_id=case.message_id)
        links.append(Link(url, "Look around the message", is_quiet=True))
    if rights["may_look_up"] and may_act:
        links.append(Link(asking.address_of("person", **whose), "Look up their messages", is_quiet=True))
    if rights["may_redact"] and may_act:
        links.append(Link(asking.address_of("redact-range", **whose), "Redact what they wrote", is_quiet=True))
    return links


def may_decide(request: HttpRequest, case: Case, decision: str) -> bool:
    """Whether whoever asks may do what a decision does, and it can be done."""
    if not request.user.has_perms(NEEDED[decision]):
        return False
    if decision == Decision.REDACT:
        return case.about == Case.About.MESSAGE
    if decision == Decision.SUSPEND:
        return may_act_on_person(request, case)
    return True


def may_act_on_person(request: HttpRequest, case: Case) -> bool:
    """Whether whoever a case is about is still there, and no operator who may do more than whoever asks."""
    person = User.objects.filter(pk=case.person_id).first()
    return person is not None and not operators.outranks(person, request.user)


def address_of(case: Case) -> str:
    """Return where a case is shown."""
    return reverse("admin:moderation_case_change", args=[case.pk])


def find_or_404(request: HttpRequest, object_id: str) -> Case:
    """Return the case of an address. Raises `Http404`, also where it's about whoever asks."""
    operator: Any = request.user
    try:
        return cases.get_case(case_id=as_number(object_id), actor=Actor.of(operator))
    except (CaseNotFound, Forbidden) as error:
        raise Http404 from error
