"""`manage.py redact`: see the class."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID

from accounts.management.people import get_person, get_subject
from chatsystem.audit.reasons import clean_reason
from chatsystem.management.levers import LeverCommand, Outcome, add_options, moment
from messaging.services.inspection import Span
from moderation.services.redaction import plan_range, redact_message, redact_range


class Command(LeverCommand):
    """Takes away what somebody wrote, from everybody: one message at once, or all in a span of time by a job.

    Copies that their owners removed are found too; evidence of reports stays. With --dry-run it counts. A job is done
    by `manage.py work`.
    """

    help = __doc__ or ""
    permissions: ClassVar = dict.fromkeys(("message", "range"), ("moderation.redact_messages",))
    dry_run_is_taken_back = False  # it writes nothing, and counts for as long as there are messages

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which messages."""
        super().add_arguments(parser)
        what = parser.add_subparsers(dest="what", required=True)
        message = what.add_parser("message")
        message.add_argument("message_id", type=UUID)
        message.add_argument("--of", required=True, metavar="NAME", help="either of its two people, or their id")
        span = what.add_parser("range")
        span.add_argument("name", help="who wrote them")
        span.add_argument("--since", type=moment, help="from then on; by default from the beginning")
        span.add_argument("--until", type=moment, help="up to then; by default up to now")
        for one in (message, span):
            add_options(one)

    def act(self, *, what: str, **options: Any) -> Outcome:
        """Do it."""
        return self._message(**options) if what == "message" else self._range(**options)

    def _message(self, *, message_id: UUID, of: str, reason: str, dry_run: bool, **_: Any) -> Outcome:
        done = redact_message(
            person=get_person(of), message_id=message_id, actor=self.actor, reason=reason, dry_run=dry_run
        )
        words = "is redacted" if done.changed else "had no content any more"
        return Outcome(asdict(done), f"Message {message_id} {words}.")

    def _range(self, *, name: str, since: Any, until: Any, reason: str, dry_run: bool, **_: Any) -> Outcome:
        person, span = get_subject(name, by=self.operator), Span(since, until)
        if dry_run:
            clean_reason(reason)
            plan = plan_range(person=person, span=span, at_most=None)
            report = {"name": person.username, "messages": plan.messages, "with_content": plan.with_content}
            return Outcome(report, f"{plan.with_content} of {plan.messages} messages of {person.username} redacted.")
        job = redact_range(person=person, span=span, actor=self.actor, reason=reason)
        report = {"name": person.username, "job": job.pk, "run_at": job.run_at}
        return Outcome(report, f"Job {job.pk} redacts what {person.username} wrote.")
