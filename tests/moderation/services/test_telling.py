"""Word by e-mail that a report was decided."""

import threading
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from accounts.models import User
from chatsystem import background
from chatsystem.errors import StorageUnavailable
from chatsystem.jobs import observing
from chatsystem.jobs.attempts import MOST_CRASHES
from chatsystem.jobs.claiming import claim_job
from chatsystem.jobs.doing import do_job
from chatsystem.jobs.models import Job, JobFailure
from chatsystem.jobs.registry import kinds
from chatsystem.jobs.starting import retry_job
from moderation.models import Case, Report
from moderation.services import cases
from moderation.services.cases import decide, reopen
from tests.mails import new_address, sent
from tests.moderation.making import MODERATOR, report, report_of, spam

pytestmark = pytest.mark.sql


def with_address(person):
    address = new_address(person.username)
    User.objects.filter(pk=person.pk).update(email=address)
    return address


def decide_it(decision="nothing", **more):
    return decide(case_id=Case.objects.get().pk, decision=decision, actor=MODERATOR, reason="No harm.", **more)


def do():
    """Do the one job that there is, as a worker does; return how that ended."""
    claimed = claim_job(worker="test", kinds=kinds())
    assert (claimed.kind, claimed.arguments) == ("reports.tell", {"case": Case.objects.get().pk})
    return do_job(claimed, stopping=threading.Event())


def told():
    """To whom messages were sent, each time."""
    return sorted(address for message in sent() for address in message.to)


@pytest.fixture
def reporters(alice, new_person):
    """Four people who reported Alice and have confirmed an address: the addresses, in the order of their reports."""
    people = [new_person() for _ in range(4)]
    addresses = {report_of(person, alice).id: with_address(person) for person in people}
    return [addresses[report_id] for report_id in sorted(addresses)]


@pytest.fixture
def refusing(monkeypatch):
    """`refusing(error, address)` has the mail server answer with an error to messages to an address, until undone."""
    send = EmailMessage.send

    def refuse(error, address):
        def answer(message, *arguments, **options):
            if address in message.to:
                raise error
            return send(message, *arguments, **options)

        monkeypatch.setattr(EmailMessage, "send", answer)
        return lambda: monkeypatch.setattr(EmailMessage, "send", send)

    return refuse


def test_whoever_reported_and_has_an_address_is_told_and_nobody_else(alice, bob, new_person, mailoutbox):
    reporters = [new_person() for _ in range(2)]
    addresses = [with_address(person) for person in reporters]
    with_address(alice)  # whom it is about
    for reporter in (bob, *reporters):  # Bob has no address
        report_of(reporter, alice)
    assert sent() == []
    decide_it()
    assert sent() == []  # nobody waits for a mail server who decides
    assert do() == "done"
    assert told() == sorted(addresses)
    job = Job.objects.get()
    assert (job.done, job.total, job.failures, job.created_by) == (2, 2, 0, MODERATOR)


def test_where_nobody_can_be_told_there_is_no_job(alice, bob):
    with_address(alice)
    report_of(bob, alice)
    decide_it()
    assert not Job.objects.exists()


def test_more_reporters_than_wait_in_the_background_are_all_told(alice, mailoutbox, monkeypatch, reporters):
    monkeypatch.setattr(background, "_room", threading.BoundedSemaphore(1))
    decide_it()
    assert do() == "done"
    assert told() == sorted(reporters)


@pytest.mark.parametrize("event", ["before save", "saved"])
def test_killed_it_goes_on_and_repeats_one_message_at_most(mailoutbox, reporters, event, monkeypatch):
    class Killed(BaseException):
        pass

    left = iter(range(2))

    def observe(happened):
        if happened == event and next(left, None) is None:
            raise Killed

    decide_it()
    monkeypatch.setattr(observing, "observers", [observe])
    with pytest.raises(Killed):
        do()
    monkeypatch.setattr(observing, "observers", [])
    assert [message.to for message in sent()] == [[address] for address in reporters[: len(sent())]]
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(days=1))
    assert do() == "done"
    assert told() == sorted(reporters)


def test_a_mail_server_that_is_away_is_waited_for(mailoutbox, reporters, refusing, caplog):
    decide_it()
    come_back = refusing(ConnectionRefusedError(f"not {reporters[2]}"), reporters[2])
    for _ in range(MOST_CRASHES + 1):
        assert do() == "retried"
        Job.objects.update(run_at=timezone.now())
    assert Job.objects.get().error == "unavailable"
    assert told() == sorted(reporters[:2])
    assert reporters[2] not in caplog.text
    come_back()
    assert do() == "done"
    assert told() == sorted(reporters)


def test_an_address_that_is_refused_is_a_failure_of_its_own_which_a_retry_mends(mailoutbox, reporters, refusing):
    decide_it()
    mend = refusing(SMTPRecipientsRefused({reporters[1]: (550, b"no such user")}), reporters[1])
    assert do() == "done"
    (failure,) = JobFailure.objects.all()
    assert failure.error == "mail_refused"
    assert Report.objects.get(pk=failure.item).told_at is None
    assert told() == sorted({*reporters} - {reporters[1]})
    mend()
    retry_job(job_id=Job.objects.get().pk, actor=MODERATOR)
    assert do() == "done"
    assert told() == sorted(reporters)
    job = Job.objects.get()
    assert (job.done, job.total, job.failures) == (1, 1, 0)


def test_each_decision_is_told_once_and_one_that_was_taken_back_not_any_more(mailoutbox, reporters):
    decide_it()
    assert do() == "done"
    reopen(case_id=Case.objects.get().pk, actor=MODERATOR, reason="Look again.")
    decide_it()
    reopen(case_id=Case.objects.get().pk, actor=MODERATOR, reason="No.")
    assert do() == "done"
    assert told() == sorted(reporters)
    decide_it()
    assert do() == "done"
    assert told() == sorted(2 * reporters)


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_and_what_fails_tell_nobody(alice, bob, mailoutbox, monkeypatch):
    with_address(bob)
    report(bob, spam(alice, bob))
    decide_it(dry_run=True)

    def fail(*_, **__):
        raise StorageUnavailable

    monkeypatch.setattr(cases, "redact_found", fail)
    with pytest.raises(StorageUnavailable):
        decide_it("redact")
    assert not Job.objects.exists()


def test_the_message_leads_to_the_reports_and_has_no_private_text(alice, bob, mailoutbox):
    address = with_address(bob)
    report(bob, spam(alice, bob, "Buy my apples!"), words="so rude")
    decide_it("redact")
    do()
    (message,) = sent()
    assert (message.subject, message.to) == ("What you reported was decided", [address])
    assert f"the account {bob.username} at" in message.body
    assert message.body.rstrip().endswith("/settings/reports")
    for private in (alice.username, "apples", "rude", "No harm", MODERATOR.name, "spam"):
        assert private not in message.body
