"""Taking away what people wrote: one message at once, a span of time by a job, after a count of what would go."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from accounts.listing import when
from accounts.models import User
from chatsystem.audit.reasons import clean_reason
from messaging.services.inspection import Span
from moderation.admin.asking import MessageForm, MessagesPage, SpanForm, address_of
from moderation.admin.messages import LOOK_UP, REDACT
from moderation.services import redaction

COUNTED = "counted"  # the field that says that whoever sends the form has seen how many messages would go


class RedactPage(MessagesPage):
    """Redacts one message."""

    form_class = MessageForm
    permission = REDACT
    title = "Redact a message"
    text = (
        "Its content is taken from everybody, at once and for good, from copies that their owners removed too. "
        "A labelled gap stays, and so does the evidence of reports."
    )
    button = "Redact it"

    def get_back(self) -> str:
        """Go back to the case, or to what stands around the message that the address names."""
        asked = self.request.GET
        if self.case_id or "message_id" not in asked or not self.request.user.has_perm(LOOK_UP):
            return super().get_back()
        return address_of("around", person=asked.get("person", ""), message_id=asked["message_id"])

    def act(self, *, person: User, message_id: UUID, reason: str) -> str:
        """Do it."""
        done = redaction.redact_message(person=person, message_id=message_id, actor=self.actor, reason=reason)
        return "The message is redacted." if done.changed else "It had no content any more, so nothing has changed."


class RedactRangePage(MessagesPage):
    """Counts what would be redacted of what somebody wrote, and has a job do it."""

    form_class = SpanForm
    template_name = "admin/redact_range.html"
    permission = REDACT
    title = "Redact what somebody wrote"
    text = (
        "First it is counted what would go. Then a job takes the contents from everybody, for good, from copies that "
        "their owners removed too. What others wrote to them stays, and so does the evidence of reports."
    )
    button = "Count"

    def act(self, *, person: User, since: datetime | None, until: datetime | None, reason: str) -> HttpResponseBase:
        """Do it, or count, where nobody has seen the count yet."""
        span = Span(since, until)
        if COUNTED in self.request.POST:
            return self._start(person, span, reason)
        clean_reason(reason)  # told now, rather than when all has been counted
        return self._count(person, span)

    def _count(self, person: User, span: Span) -> HttpResponse:
        plan = redaction.plan_range(person=person, span=span)
        facts = [
            ("Whose", person.username),
            ("From", when(span.since) or "the beginning"),
            ("To", when(span.until) or "the moment when it is started"),
            ("Messages", f"{'' if plan.is_complete else 'at least '}{plan.messages:,}"),
            ("With a content to redact", f"{'' if plan.is_complete else 'at least '}{plan.with_content:,}"),
        ]
        context = self.get_context_data(form=self.form, plan=plan, facts=facts, sent=[*self.sent, (COUNTED, "1")])
        return self.render_to_response(context)

    def _start(self, person: User, span: Span, reason: str) -> HttpResponseRedirect:
        job = redaction.redact_range(person=person, span=span, actor=self.actor, reason=reason)
        messages.success(self.request, f"Job {job.pk} redacts what {person.username} wrote.")
        return HttpResponseRedirect(reverse("admin:chatsystem_job_change", args=[job.pk]))


PAGES: Mapping[str, Any] = {"redact": RedactPage, "redact-range": RedactRangePage}
