"""Telling people that what they reported was decided."""

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.services.mails import send
from chatsystem.audit.types import Actor
from chatsystem.jobs.starting import create_job
from moderation.models import Case, Report

KIND = "reports.tell"  # of the job


def tell_reporters(case: Case, *, actor: Actor) -> None:
    """Have a job send word to whoever reported it and has confirmed an e-mail address; call when it's decided.

    It belongs to the decision's transaction. Nobody asks for it, so the audit log has the decision alone.
    """
    if untold(case.pk).exists():
        create_job(KIND, {"case": case.pk}, actor)


def untold(case_id: int) -> QuerySet[Report]:
    """Return the reports whose reporters can be told of the case's decision, and weren't yet, in order of their ids."""
    able = User.objects.filter(is_active=True).exclude(email="")
    not_yet = Q(told_at=None) | Q(told_at__lt=F("case__decided_at"))
    decided = Report.objects.filter(case=case_id, case__decided_at__isnull=False)
    return decided.filter(not_yet, reporter_id__in=able.values("pk")).order_by("pk")


def tell(report: Report) -> None:
    """Send its reporter word now. Raises what the mail server's refusal or absence raises.

    What it was about and what was decided stands on their page alone: mail passes through many hands.
    """
    person = User.objects.filter(pk=report.reporter_id).first()
    if person is None or not person.email:
        return
    send("report_decided", to=person.email, username=person.username)
    Report.objects.filter(pk=report.pk).update(told_at=timezone.now())
