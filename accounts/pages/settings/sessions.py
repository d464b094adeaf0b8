"""One's log-ins, of browsers and of programs."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.urls import reverse_lazy
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from accounts.browsers import session_id_of
from accounts.models import Session
from accounts.pages.settings.views import SettingsForm
from accounts.services.sessions import end_session, end_sessions, list_sessions
from chatsystem.errors import SessionNotFound
from chatsystem.pages import locale, times


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its person sees it."""

    id: UUID
    device: str
    is_program: bool
    address_prefix: str
    first_seen: SafeString
    last_seen: SafeString
    is_this: bool


class EndForm(forms.Form):
    """Tells which session to end; none where all others are meant."""

    session = forms.UUIDField(required=False)


class SessionsPage(SettingsForm):
    """Lists them, the one that was seen last first, and ends one or all others: from their next request on."""

    change_policy = None  # whoever has stolen a session could use up the count, and nobody could throw them out
    section = "sessions"
    form_class = EndForm
    template_name = "accounts/settings/sessions.html"
    success_url = reverse_lazy("accounts:settings-sessions")

    def act(self, *, session: UUID | None) -> None:
        """End what the button names."""
        person = self.person
        if session is None:
            ended = end_sessions(person=person, reason=Session.End.ENDED, keep=session_id_of(self.request))
            text = ngettext("%(count)s session is ended.", "%(count)s sessions are ended.", ended)
            self.done = text % {"count": locale.number(ended)}
            return
        # One that has ended meanwhile, as by a second click, is what was asked for.
        with suppress(SessionNotFound):
            end_session(person=person, session_id=session)
        self.done = gettext("The session is ended.")

    def form_invalid(self, form: forms.Form) -> Any:
        """Answer an id that is none like one that nobody has."""
        raise SessionNotFound

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Return what the template knows."""
        this = session_id_of(self.request)
        rows = [row_of(session, this) for session in list_sessions(person=self.person)]
        others = any(not row.is_this for row in rows)
        return super().get_context_data(rows=rows, has_others=others, **context)


def row_of(session: Session, this: UUID) -> SessionRow:
    """Return a session as its person sees it; `this` is the id of the one that asks."""
    return SessionRow(
        id=session.pk,
        device=session.device or gettext("Unknown device"),
        is_program=session.kind == Session.Kind.API,
        address_prefix=session.address_prefix,
        first_seen=times.in_list(session.created_at),
        last_seen=times.in_list(session.last_seen_at),
        is_this=session.pk == this,
    )
