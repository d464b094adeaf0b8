"""People in the admin. `moderation.admin` registers it, and adds what is above accounts."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from accounts.acting import ActionPage, MomentField, ReasonForm, confirmed
from accounts.forms import NewPasswordForm, NewPersonForm, PersonForm, chosen_password
from accounts.listing import PAGE, FilterForm, Link, Row, Table, listing_page, when
from accounts.models import User
from accounts.services import operators
from accounts.services.by_hand import CHANGED_BY_HAND, add_person, change_person
from accounts.services.directory import Status, list_people
from accounts.services.sessions import list_sessions
from chatsystem.audit.actions import Action
from chatsystem.audit.entries import Filters, list_entries
from chatsystem.audit.types import Actor
from chatsystem.errors import InvalidPayload

SHOWN = 10  # rows of each table on a person's page
LABELS = dict(Action.choices)


class PeopleFilter(FilterForm):
    """Whom to list."""

    q = forms.CharField(label="Name, id or e-mail", required=False, help_text="The beginning of a name, or all of it.")
    status = forms.ChoiceField(label="Who", required=False, choices=Status.choices)
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)


def check_outranks(operator: Any, person: User) -> None:
    """Raise `PermissionDenied` where `person` may do more than `operator`."""
    if operators.outranks(person, operator):
        raise PermissionDenied


class PersonPage(ActionPage):
    """Does something about one person."""

    form_class: Any = ReasonForm
    person: User

    def check_permission(self, request: HttpRequest) -> None:
        """Find the person too."""
        super().check_permission(request)
        self.person = find_or_404(self.kwargs["object_id"])
        check_outranks(request.user, self.person)

    def get_back(self) -> str:
        """Go back to the person."""
        return address_of(self.person)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Say who it is about."""
        return super().get_context_data(**{"subtitle": self.person.username, **context})


class SuspensionForm(ReasonForm):
    """For how long, and why."""

    until = MomentField(required=False, help_text="Empty: until somebody ends it.")
    field_order = ("until", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "They read it when they log in; it stays in the audit log."
        self.fields[
            "until"
        ].help_text = f"Empty: until somebody ends it. By {timezone.get_current_timezone_name()} time."


class SuspendPage(PersonPage):
    """Suspends somebody."""

    form_class = SuspensionForm
    permission = "accounts.suspend_people"
    title = "Suspend"
    text = "They can't log in nor get messages, and all of their sessions end at once."
    button = "Suspend"

    def act(self, *, until: datetime | None, reason: str) -> str:
        """Do it."""
        done = operators.suspend(person=self.person, until=until, reason=reason, actor=self.actor)
        return f"{self.person.username} is suspended; {done.ended_sessions} sessions ended."


class UnsuspendPage(PersonPage):
    """Ends a suspension."""

    permission = "accounts.suspend_people"
    title = "End the suspension"
    text = "They can log in and get messages again."
    button = "Let them in"

    def act(self, *, reason: str) -> str:
        """Do it."""
        was = operators.unsuspend(person=self.person, reason=reason, actor=self.actor)
        name = self.person.username
        return f"{name} is let in again." if was else f"{name} wasn't suspended, so nothing has changed."


class EndSessionsPage(PersonPage):
    """Logs somebody out everywhere."""

    permission = "accounts.end_sessions"
    title = "End all sessions"
    text = "They are logged out everywhere, and can log in again."
    button = "End all sessions"

    def act(self, *, reason: str) -> str:
        """Do it."""
        ended = operators.end_all_sessions(person=self.person, reason=reason, actor=self.actor)
        return f"{ended} sessions of {self.person.username} ended."


class ClearLimitsPage(PersonPage):
    """Clears what was counted against somebody."""

    permission = "accounts.clear_limits"
    is_dangerous = False
    title = "Clear limits"
    text = "What was counted against them, and tries to log in with their name, is forgotten."
    button = "Clear limits"

    def act(self, *, reason: str) -> str:
        """Do it."""
        cleared = operators.clear_limits(person=self.person, reason=reason, actor=self.actor)
        return f"{cleared} counts of {self.person.username} cleared."


class ResetLinkPage(PersonPage):
    """Makes a link to set a new password, and shows it once."""

    permission = "accounts.make_reset_links"
    title = "Make a link to set a new password"
    text = "Whoever has it can set a new password for this person, once, within an hour. It is shown this once."
    button = "Make the link"

    def act(self, *, reason: str) -> HttpResponse:
        """Do it. The link stands in this one answer, which nothing keeps."""
        if not self.person.may_act:
            raise InvalidPayload("This person can't log in, so the link would be worth nothing.")
        link = operators.give_reset_link(person=self.person, reason=reason, actor=self.actor)
        context = self.get_context_data(link=link, form=None)
        return TemplateResponse(self.request, "admin/reset_link.html", context, headers={"Cache-Control": "no-store"})


# Addresses below a person's, with their pages.
ACTIONS: dict[str, type[PersonPage]] = {
    "suspend": SuspendPage,
    "unsuspend": UnsuspendPage,
    "end-sessions": EndSessionsPage,
    "reset-link": ResetLinkPage,
    "clear-limits": ClearLimitsPage,
}


class PersonAdmin(UserAdmin):
    """Finds, shows, makes and changes people. What has a service is done by pages of its own."""

    pages: ClassVar[Mapping[str, type[PersonPage]]] = ACTIONS
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = NewPasswordForm
    change_form_template = "admin/person.html"
    add_form_template = "admin/change_form.html"
    change_user_password_template = "admin/set_password.html"  # noqa: S105  (a page, not a password)
    list_display = ("username",)  # lists are pages of ours; Django's checks want it all the same
    list_filter = search_fields = filter_horizontal = ()
    ordering = ("-date_joined",)
    fieldsets = ((None, {"fields": (*CHANGED_BY_HAND, "reason")}),)
    add_fieldsets = ((None, {"fields": ("username", "usable_password", "password1", "password2", "reason")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Delete nobody here: what they wrote would stay."""
        return False

    def get_urls(self) -> Any:
        """Add the actions."""
        pages = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(page.as_view(site=self.admin_site)),
                name=f"accounts_user_{name}",
            )
            for name, page in self.pages.items()
        ]
        return [*pages, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """List people, who joined last first."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        form = PeopleFilter(request.GET)
        chosen = form.chosen
        found = list_people(term=chosen["q"] or "", status=chosen["status"] or "", before=chosen["before"], limit=PAGE)
        rows = [
            Row((one.username, state_of(one), when(one.date_joined), when(one.last_login)), url=address_of(one))
            for one in found.people
        ]
        table = Table("People", ("Name", "State", "Joined", "Last log-in"), rows, empty="Nobody like that.")
        links = [Link(reverse("admin:accounts_user_add"), "Add a person")] if self.has_add_permission(request) else []
        return listing_page(
            request, self.admin_site, title="People", table=table, form=form, older=found.older, links=links
        )

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show a person with what operators need to know, or take what was changed or added."""
        if object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        person = self.get_object(request, unquote(object_id))
        if person is None or not self.has_view_or_change_permission(request, person):
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST":
            check_outranks(request.user, person)
        context = {
            "title": person.username,
            "subtitle": None,
            "show_save_and_add_another": False,
            "facts": self.facts_of(person),
            "actions": self.actions_for(request, person),
            "tables": self.tables_of(request, person),
        }
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @confirmed
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Make a person."""
        return super().add_view(request, form_url, extra_context)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show a person, or change them after asking for the password."""
        show = super().change_view
        if request.method != "POST":
            return show(request, object_id, form_url, extra_context)
        return self._change(request, object_id)

    @confirmed
    def _change(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        answer: HttpResponseBase = super().change_view(request, object_id)
        return answer

    @confirmed
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Set somebody else's password. One's own has another page: it asks for the old one, and stays logged in."""
        person = self.get_object(request, unquote(id))
        if person == request.user:
            return HttpResponseRedirect(reverse("admin:password_change"))
        if person is not None:
            check_outranks(request.user, person)
        operator: Any = request.user
        page: Any = copy(self)  # Django's view hands its form no request
        page.change_password_form = partial(NewPasswordForm, actor=Actor.of(operator))
        return super(PersonAdmin, page).user_change_password(request, id, form_url)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Say that there is no such page: a person's own page tells what the audit log has of them."""
        raise Http404

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask nobody for a reason who only looks."""
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": CHANGED_BY_HAND}),)
        return super().get_fieldsets(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """Make or change the person."""
        operator: Any = request.user
        told = {"actor": Actor.of(operator), "reason": form.cleaned_data["reason"]}
        if change:
            change_person(person=obj, username=obj.username, is_active=obj.is_active, **told)
        else:
            made = add_person(username=obj.username, password=chosen_password(form), **told)
            obj.pk = made.pk  # Django leads on to that page

    def facts_of(self, person: User) -> Sequence[tuple[str, object]]:
        """Return what is known of somebody, by the names that operators read."""
        roles = ", ".join(person.groups.order_by("name").values_list("name", flat=True))
        facts: list[tuple[str, object]] = [
            ("Id", person.pk),
            ("State", state_of(person)),
            ("Display name", person.display_name),
            ("E-mail", person.email),
            ("Joined", when(person.date_joined)),
            ("Last log-in", when(person.last_login)),
            ("Time zone", person.time_zone),
            ("Language", person.language),
            ("Roles", "superuser" if person.is_superuser else roles),
        ]
        if person.is_suspended:
            facts += [("Suspended since", when(person.suspended_at)), ("Reason", person.suspension_reason)]
        return [(name, value) for name, value in facts]

    def actions_for(self, request: HttpRequest, person: User) -> Sequence[Link]:
        """Return ways to what whoever looks may do about somebody."""
        if operators.outranks(person, request.user):
            return []
        wanted = {name: page for name, page in self.pages.items() if request.user.has_perm(page.permission)}
        wanted.pop("suspend" if person.is_suspended else "unsuspend", None)
        if person == request.user:
            wanted.pop("reset-link", None)  # the service refuses it
        links = [
            Link(reverse(f"admin:accounts_user_{name}", args=[person.pk]), page.title) for name, page in wanted.items()
        ]
        if self.has_change_permission(request, person):
            links.append(Link(reverse("admin:auth_user_password_change", args=[person.pk]), "Set a password"))
        return links

    def tables_of(self, request: HttpRequest, person: User) -> list[Table]:
        """Return what else belongs to somebody, as far as whoever looks may see it."""
        tables = []
        if request.user.has_perm("accounts.view_session"):
            tables.append(sessions_of(person))
        if request.user.has_perm("chatsystem.view_auditentry"):
            tables.append(entries_about(person))
        return tables


def sessions_of(person: User) -> Table:
    """Return somebody's live sessions, the one that was seen last first."""
    rows = [
        Row((one.device, one.get_kind_display(), one.address_prefix,
             when(one.last_seen_at), when(one.created_at)))
        for one in list_sessions(person=person)[:SHOWN]
    ]  # fmt: skip
    return Table("Sessions", ("Device", "Kind", "Place", "Last seen", "Since"), rows, empty="None is live.")


def entries_about(person: User) -> Table:
    """Return what operators did about somebody, the last first."""
    found = list_entries(filters=Filters(target_kind="person", target_id=str(person.pk)), limit=SHOWN)
    rows = [
        Row((when(one.at), one.actor_name, LABELS.get(one.action, one.action), one.reason),
            url=reverse("admin:chatsystem_auditentry_change", args=[one.pk]))
        for one in found
    ]  # fmt: skip
    more = f"{reverse('admin:chatsystem_auditentry_changelist')}?about={person.pk}"
    return Table("Audit log", ("Time", "Who", "What", "Reason"), rows, more=more)


def address_of(person: User) -> str:
    """Return where somebody is shown."""
    return reverse("admin:accounts_user_change", args=[person.pk])


def state_of(person: User) -> str:
    """Return in a word or two how somebody is."""
    if not person.is_active:
        return "not active"
    if person.is_suspended:
        until = person.suspended_until
        return f"suspended until {timezone.localtime(until):%Y-%m-%d %H:%M}" if until else "suspended"
    return "operator" if person.is_staff or person.is_superuser else "active"


def find_or_404(object_id: str) -> User:
    """Return the person of an address. Raises `Http404`."""
    try:
        return User.objects.get(pk=UUID(unquote(object_id)))
    except (ValueError, User.DoesNotExist) as error:
        raise Http404 from error
