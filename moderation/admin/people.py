"""People in the admin, with what was reported, and with their roles."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from accounts import admin as accounts
from accounts.acting import ReasonForm
from accounts.listing import Link, Row, Table, when
from accounts.models import User
from accounts.services import operators
from moderation.admin import asking
from moderation.admin.messages import rights_of
from moderation.models import Case, Report
from moderation.roles import ROLES
from moderation.services.roles import grant_role, revoke_role

SHOWN = accounts.SHOWN


class RoleForm(ReasonForm):
    """Which role, and whether to give or take it."""

    change = forms.ChoiceField(choices=[("give", "give"), ("take", "take away")])
    role = forms.ChoiceField(choices=[(name, name) for name in ROLES])
    field_order = ("change", "role", "reason")


class RolePage(accounts.PersonPage):
    """Gives somebody a role, or takes it away."""

    form_class = RoleForm
    permission = "accounts.grant_roles"
    title = "Give or take a role"
    text = "A role lets somebody sign in to this admin, and says what they may do here."
    button = "Go on"

    def act(self, *, change: str, role: str, reason: str) -> str:
        """Do it."""
        name = self.person.username
        if change == "give":
            giver: Any = self.request.user
            new = grant_role(person=self.person, role=role, actor=self.actor, reason=reason, giver=giver)
            return f"{name} has the role {role}{'' if new else ' already, so nothing has changed'}."
        had = revoke_role(person=self.person, role=role, actor=self.actor, reason=reason)
        return f"{name} {'no longer has' if had else 'never had'} the role {role}."


@admin.register(User)
class PersonAdmin(accounts.PersonAdmin):
    """As in accounts, with reports by and against somebody, and their roles."""

    pages: ClassVar[Mapping[str, type[accounts.PersonPage]]] = {**accounts.ACTIONS, "role": RolePage}

    def tables_of(self, request: HttpRequest, person: User) -> list[Table]:
        """Add them, for whoever may see reports."""
        tables = super().tables_of(request, person)
        if request.user.has_perm("moderation.view_case"):
            # Nobody learns here who reported them.
            against = [] if person == request.user else [cases_against(person)]
            tables[1:1] = [*against, reports_by(person, hidden_from=request.user)]
        return tables

    def actions_for(self, request: HttpRequest, person: User) -> Sequence[Link]:
        """Add what may be done about what somebody wrote."""
        links = list(super().actions_for(request, person))
        if operators.outranks(person, request.user):
            return links
        rights = rights_of(request)
        if rights["may_look_up"]:
            links.append(Link(asking.address_of("person", person=person.pk), "Look up their messages", is_quiet=True))
        if rights["may_redact"]:
            links.append(
                Link(asking.address_of("redact-range", person=person.pk), "Redact what they wrote", is_quiet=True)
            )
        return links


def cases_against(person: User) -> Table:
    """Return cases about somebody or what they wrote, the last one first."""
    found = Case.objects.filter(person_id=person.pk).order_by("-pk")[:SHOWN]
    rows = [
        Row((f"case {one.pk}", one.get_about_display(), one.get_state_display(),
             one.get_decision_display(), when(one.created_at)), url=address_of(one.pk))
        for one in found
    ]  # fmt: skip
    return Table("Reports against them", ("Case", "About", "State", "Decision", "Since"), rows)


def reports_by(person: User, *, hidden_from: Any) -> Table:
    """Return what somebody reported, the last first, but for reports of whoever they are hidden from."""
    made = Report.objects.filter(reporter_id=person.pk).exclude(case__person_id=hidden_from.pk)
    found = made.select_related("case").order_by("-created_at", "-pk")[:SHOWN]
    rows = [
        Row((f"case {one.case_id}", one.case.person, one.get_category_display(),
             one.case.get_state_display(), when(one.created_at)), url=address_of(one.case_id))
        for one in found
    ]  # fmt: skip
    return Table("Reports by them", ("Case", "Against", "Category", "State", "Time"), rows)


def address_of(case_id: int) -> str:
    """Return where a case is shown."""
    return reverse("admin:moderation_case_change", args=[case_id])
