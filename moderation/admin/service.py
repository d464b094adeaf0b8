"""The service itself: its switches, its limits, its health."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from accounts.acting import ActionPage, MomentField, ReasonForm
from accounts.listing import Link, Row, Table, when
from accounts.models import Switches
from accounts.services import quotas, switches
from accounts.services.quotas import Quota
from chatsystem.errors import InvalidPayload
from chatsystem.limits import MAX_NOTICE_LENGTH
from moderation.services import health

VIEW = "accounts.view_switches"
CHANGE = "accounts.change_switches"


class SitePage(View):
    """A page of the admin that shows something. `as_view` takes the `site`."""

    site: AdminSite | None = None
    permission = ""
    http_method_names = ("get", "head")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer whoever may see it."""
        if self.permission and not request.user.has_perm(self.permission):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def show(self, template: str, **context: Any) -> TemplateResponse:
        """Return the page."""
        assert self.site is not None  # noqa: S101  (said by `as_view`)
        self.request.current_app = self.site.name
        return TemplateResponse(self.request, template, {**self.site.each_context(self.request), **context})


class ServicePage(SitePage):
    """Shows how everything is switched, and all limits."""

    permission = VIEW

    def get(self, request: HttpRequest) -> TemplateResponse:
        """Show it."""
        may_change = request.user.has_perm(CHANGE)
        state = switches.read()
        notice = state.notice
        facts: list[tuple[str, object]] = [
            ("Registration", "open" if state.registration_open else "closed"),
            ("Read-only mode", "on" if state.read_only else "off"),
            ("Notice on all pages", notice.text if notice else "none"),
        ]
        if notice:
            facts += [("Shown from", when(notice.since)), ("Shown until", when(notice.until))]
        names = (("registration", "Registration"), ("read-only", "Read-only mode"), ("notice", "Notice"))
        actions = [Link(reverse(f"admin:{name}"), text) for name, text in names] if may_change else []
        rows = [_row_of(one, may_change) for one in quotas.list_quotas()]
        columns = ("Limit", "What", "By", "Now", "Configured", "From", "To")
        return self.show(
            "admin/one.html", title="Service", facts=facts, actions=actions, tables=[Table("Limits", columns, rows)]
        )


class HealthPage(SitePage):
    """Shows how the parts are, whatever is away."""

    def get(self, request: HttpRequest) -> TemplateResponse:
        """Show it."""
        return self.show("admin/health.html", title="Health", health=health.examine())


class SwitchPage(ActionPage):
    """Switches something. The form begins with how it is."""

    permission = CHANGE
    back_text = "Service"

    def get_back(self) -> str:
        """Go back to all switches."""
        return reverse("admin:service")


class RegistrationForm(ReasonForm):
    """Open or closed."""

    is_open = forms.TypedChoiceField(
        label="Registration", coerce=lambda value: value == "open", choices=[("open", "open"), ("closed", "closed")]
    )
    field_order = ("is_open", "reason")


class RegistrationPage(SwitchPage):
    """Opens or closes registration."""

    form_class = RegistrationForm
    title = "Registration"
    text = "Whether people can make accounts, from the next request on."
    button = "Set"

    def get_initial(self) -> dict[str, Any]:
        """Begin with how it is."""
        return {"is_open": "open" if switches.are_registrations_open() else "closed"}

    def act(self, *, is_open: bool, reason: str) -> str:
        """Do it."""
        changed = switches.set_registration(is_open=is_open, reason=reason, actor=self.actor)
        return _said(changed, f"Registration is {'open' if is_open else 'closed'}")


class ReadOnlyForm(ReasonForm):
    """On or off."""

    is_on = forms.TypedChoiceField(
        label="Read-only mode", coerce=lambda value: value == "on", choices=[("on", "on"), ("off", "off")]
    )
    field_order = ("is_on", "reason")


class ReadOnlyPage(SwitchPage):
    """Switches the read-only mode."""

    form_class = ReadOnlyForm
    title = "Read-only mode"
    text = (
        "While it's on, sending, editing, deleting and registering are answered with 503. Reading, logging in and out, "
        "sessions and this admin go on."
    )
    button = "Set"

    def get_initial(self) -> dict[str, Any]:
        """Begin with how it is."""
        return {"is_on": "on" if switches.read().read_only else "off"}

    def act(self, *, is_on: bool, reason: str) -> str:
        """Do it."""
        changed = switches.set_read_only(is_on=is_on, reason=reason, actor=self.actor)
        return _said(changed, f"The read-only mode is {'on' if is_on else 'off'}")


class NoticeForm(ReasonForm):
    """What to say, how loud, and for how long."""

    text = forms.CharField(
        label="Notice",
        required=False,
        help_text="One line; empty: take it away.",
        widget=forms.TextInput(attrs={"maxlength": MAX_NOTICE_LENGTH}),
    )
    level = forms.ChoiceField(choices=Switches.Level.choices)
    since = MomentField(label="From", required=False, help_text="Empty: at once.")
    until = MomentField(required=False, help_text="Empty: until somebody takes it away.")
    field_order = ("text", "level", "since", "until", "reason")


class NoticePage(SwitchPage):
    """Sets the notice on all pages."""

    form_class = NoticeForm
    is_dangerous = False
    title = "Notice on all pages"
    button = "Set"

    @property
    def text(self) -> str:  # type: ignore[override]  # by whose clock is known only now
        """Say whose clock it is."""
        return f"Everybody reads it, logged in or not. Times are by {timezone.get_current_timezone_name()}."

    def get_initial(self) -> dict[str, Any]:
        """Begin with how it is."""
        notice = switches.read().notice
        return (
            {"text": notice.text, "level": notice.level, "since": notice.since, "until": notice.until} if notice else {}
        )

    def act(self, *, text: str, level: str, since: datetime | None, until: datetime | None, reason: str) -> str:
        """Do it."""
        changed = switches.set_notice(text=text, level=level, since=since, until=until, reason=reason, actor=self.actor)
        return _said(changed, "The notice is set" if text else "The notice is taken away")


class QuotaForm(ReasonForm):
    """How many."""

    quota = forms.IntegerField(required=False, help_text="Empty: as configured.")
    field_order = ("quota", "reason")


class QuotaPage(SwitchPage):
    """Changes a limit."""

    form_class = QuotaForm
    title = "Change a limit"
    button = "Set"
    quota: Quota

    def check_permission(self, request: HttpRequest) -> None:
        """Find the limit too."""
        super().check_permission(request)
        try:
            self.quota = quotas.get_quota(policy=self.kwargs["policy"])
        except InvalidPayload as error:
            raise Http404 from error

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Say which it is, and within which bounds."""
        one = self.quota
        text = (
            f"{one.policy.what}, by {one.policy.by}: so many in {one.window:,} s. It can be from {one.least:,} to "
            f"{one.most:,}; {one.configured:,} is configured. All processes know it within "
            f"{switches.FRESH:g} seconds."
        )
        return super().get_context_data(**{"subtitle": one.policy.name, "text": text, **context})

    def get_initial(self) -> dict[str, Any]:
        """Begin with how it is."""
        return {"quota": self.quota.quota}

    def act(self, *, quota: int | None, reason: str) -> str:
        """Do it."""
        policy = self.quota.policy.name
        if quota is None:
            changed = quotas.reset_quota(policy=policy, reason=reason, actor=self.actor)
            return _said(changed, f"The limit {policy} is as configured")
        changed = quotas.set_quota(policy=policy, quota=quota, reason=reason, actor=self.actor)
        return _said(changed, f"The limit {policy} is {quota:,}")


# Name, address below `service/`, page.
PAGES: tuple[tuple[str, str, Any], ...] = (
    ("service", "", ServicePage),
    ("health", "health/", HealthPage),
    ("registration", "registration/", RegistrationPage),
    ("read-only", "read-only/", ReadOnlyPage),
    ("notice", "notice/", NoticePage),
    ("limit", "limits/<str:policy>/", QuotaPage),
)


def _row_of(one: Quota, may_change: bool) -> Row:
    now = f"{one.quota:,}{' (changed)' if one.is_changed else ''}"
    cells = (
        one.policy.name, f"{one.policy.what}, in {one.window:,} s", one.policy.by, now,
        f"{one.configured:,}", f"{one.least:,}", f"{one.most:,}",
    )  # fmt: skip
    return Row(cells, url=reverse("admin:limit", args=[one.policy.name]) if may_change else "")


def _said(changed: bool, text: str) -> str:
    return f"{text}." if changed else f"{text} already, so nothing has changed."
