"""Redacting what somebody wrote in a span of time, by a job that may be killed anywhere; forgetting old evidence."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from chatsystem.errors import InvalidPayload, StorageUnavailable
from chatsystem.jobs import observing
from chatsystem.jobs.claiming import LOST_AFTER, claim_job
from chatsystem.jobs.doing import do_job
from chatsystem.jobs.models import Job, JobFailure
from chatsystem.jobs.registry import kinds
from chatsystem.jobs.starting import begin_anew, create_job, retry_job
from chatsystem.limits import EVIDENCE_AGE
from messaging.services import altering
from messaging.services.altering import delete_for_everyone, remove_message
from messaging.services.history import read_inbox
from messaging.services.inspection import Span
from messaging.store import writing
from moderation import jobs
from moderation.models import Case, Evidence, Report
from moderation.services.cases import decide
from moderation.services.evidence import forget_old
from moderation.services.redaction import KIND, Plan, plan_range, redact_range
from tests.messaging.making import DAY, SECOND, message, now
from tests.messaging.store.raw import changes_of
from tests.moderation.making import (
    MODERATOR,
    entries,
    evidence_of,
    found_in_cassandra,
    last_number,
    report,
    report_of,
    spam,
)


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    """So that a few messages take several steps."""
    monkeypatch.setattr(jobs, "REDACTION_STEP", 4)


@pytest.fixture
def text(alice):
    """A text that stands nowhere else, in all that Alice wrote."""
    return f"Buy at {alice.username}.example!"


@pytest.fixture
def written(alice, bob, new_person, text):
    """What Alice wrote to several people in a hundred days, a day after the other; in between others write to her."""
    carol = new_person()
    sent = []
    for number in range(10):
        to = (bob, carol, alice)[number % 3]
        sent.append(message(alice, to, f"{text} {number}", ticks=now() - (100 - 10 * number) * DAY))
        writing.append(sent[-1])
        writing.append(message(bob, alice, f"to {alice.username}", ticks=now() - (99 - 10 * number) * DAY))
    return sent


def day(number):
    return timezone.now() - timedelta(days=number)


def start(person, *span):
    """Start a job that is due."""
    job = redact_range(person=person, span=Span(*span), actor=MODERATOR, reason="spam")
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now())
    return job


def do(job):
    """Do a job as a worker does, and return it with how that ended."""
    claimed = claim_job(worker="test", kinds=kinds())
    assert claimed.pk == job.pk
    outcome = do_job(claimed, stopping=threading.Event())
    job.refresh_from_db()
    return outcome


def contents(owner):
    return [one.content for one in reversed(read_inbox(owner=owner, limit=100).messages)]


# The whole of it


@pytest.mark.sql
def test_all_that_somebody_wrote_is_redacted_and_nothing_else(alice, bob, written, text):
    job = start(alice)
    assert do(job) == "done"
    assert (job.state, job.done, job.total, job.failures) == ("done", 10, 10, 0)
    assert found_in_cassandra(text) == []
    assert contents(alice) == ["", f"to {alice.username}"] * 10
    assert contents(bob).count(f"to {alice.username}") == 10
    assert contents(bob).count("") == 4


def test_copies_that_either_side_removed_are_redacted_too(alice, bob, written, text):
    for one in written[:6]:
        remove_message(owner=alice, message_id=one.id)
    for one in (written[6], written[9]):
        other = bob if one.recipient_id == bob.pk else alice
        remove_message(owner=other, message_id=one.id)
    job = start(alice)
    assert do(job) == "done"
    assert job.done == job.total == 10
    assert found_in_cassandra(text) == []


def test_only_the_span_is_redacted(alice, written, text):
    job = start(alice, day(75), day(25))
    assert do(job) == "done"
    # Those of 70, 60, 50, 40 and 30 days ago.
    left = [one for one in contents(alice) if text in one]
    assert left == [f"{text} {number}" for number in (0, 1, 2, 8, 9)]
    assert (job.done, job.total) == (5, 5)


def test_a_span_ends_now_at_the_latest_and_the_job_waits_for_what_is_under_way(alice):
    began = timezone.now()
    job = redact_range(person=alice, span=Span(None, day(-1)), actor=MODERATOR, reason="spam")
    until = datetime.fromisoformat(job.arguments["until"])
    assert began <= until <= timezone.now()
    assert job.run_at == until + timedelta(seconds=10)
    job = redact_range(person=alice, span=Span(None, day(1)), actor=MODERATOR, reason="spam")
    assert abs(job.run_at - timezone.now()) < timedelta(seconds=5)


def test_who_wrote_nothing_is_done_at_once(new_person):
    job = start(new_person())
    assert do(job) == "done"
    assert (job.done, job.total) == (0, 0)


def test_evidence_outlives_it(alice, bob, written, text):
    told = report(bob, written[0])
    kept = evidence_of(told)
    do(start(alice))
    assert evidence_of(told) == kept
    assert (0, f"{text} 0") in kept


@pytest.mark.sql
def test_what_is_started_is_written_down_and_what_it_does_quotes_nobody(alice, written, text):
    began = last_number()
    job = start(alice, datetime(2026, 1, 1, tzinfo=UTC), day(1))
    do(job)
    told = entries(began)
    assert [(action, target, reason) for action, target, _, _, reason in told] == [
        ("job.started", "job", "spam"),
        ("messages.redacted", "person", "spam"),
    ]
    assert told[1][2] == str(alice.pk)
    assert told[1][3]["job"] == job.pk
    assert told[1][3]["since"] == "2026-01-01T00:00:00.000000Z"
    assert text not in str(told)
    assert (job.created_by_name, job.kind) == ("mona", KIND)


@pytest.mark.parametrize(
    ("span", "reason", "field"),
    [
        ((None, None), " ", "reason"),
        ((datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)), "spam", "until"),
        ((datetime(2026, 2, 1), None), "spam", "since"),  # noqa: DTZ001  (on purpose)
    ],
)
def test_what_cannot_be_is_not_started(alice, span, reason, field):
    began = last_number()
    with pytest.raises(InvalidPayload) as refusal:
        redact_range(person=alice, span=Span(*span), actor=MODERATOR, reason=reason)
    assert refusal.value.errors[0].field == field
    assert not Job.objects.exists()
    assert entries(began) == []


# Counting before


def test_a_plan_counts_what_would_be_redacted_and_changes_nothing(alice, written, text):
    delete_for_everyone(author=alice, message_id=written[0].id)
    remove_message(owner=alice, message_id=written[1].id)
    before = contents(alice)
    assert plan_range(person=alice, span=Span()) == Plan(messages=10, with_content=9, is_complete=True)
    assert plan_range(person=alice, span=Span(day(75), day(25))) == Plan(5, 5, is_complete=True)
    assert contents(alice) == before
    assert not Job.objects.exists()


def test_a_plan_looks_at_a_bounded_number_of_messages(alice, written, monkeypatch):
    monkeypatch.setattr("moderation.services.redaction.MAX_PAGE_SIZE", 4)
    assert plan_range(person=alice, span=Span(), at_most=8) == Plan(messages=4, with_content=4, is_complete=False)
    assert plan_range(person=alice, span=Span(), at_most=None) == Plan(10, 10, is_complete=True)


# Ends before the end


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it, and nothing is said of it."""


@pytest.fixture
def killed_at():
    """`killed_at(number)` ends the doing at its so-many-th step: before it is saved, or just after."""
    placed = []

    def place(number):
        left = iter(range(number))

        def observe(event):
            if event in {"before save", "saved"} and next(left, None) is None:
                observing.observers.remove(observe)
                raise Killed

        observing.observers.append(observe)
        placed.append(observe)

    yield place
    for observe in placed:
        if observe in observing.observers:
            observing.observers.remove(observe)


@pytest.mark.parametrize("number", range(13))
def test_killed_anywhere_it_is_finished_by_the_next_worker(alice, written, text, killed_at, number):
    job = start(alice)
    killed_at(number)
    try:
        do(job)
    except Killed:
        Job.objects.update(heartbeat_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
        assert do(job) == "done"
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.failures) == ("done", 10, 10, 0)
    assert found_in_cassandra(text) == []


@pytest.mark.sql
def test_it_goes_on_at_the_place_that_it_came_to(alice, written, killed_at, monkeypatch):
    job = start(alice)
    killed_at(4)  # the first of five steps is saved, the second one isn't
    with pytest.raises(Killed):
        do(job)
    job.refresh_from_db()
    read, places = jobs.inspect_sent, []

    def note(**options):
        places.append(options["before"])
        return read(**options)

    monkeypatch.setattr(jobs, "inspect_sent", note)
    Job.objects.update(heartbeat_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
    assert do(job) == "done"
    assert len(places) == 4
    assert None not in places


def test_what_is_redacted_already_is_not_redacted_again(alice, bob, written):
    do(start(alice))
    before = changes_of(bob)
    assert [kind for kind, _ in before].count("redacted") == 4
    do(start(alice))
    assert changes_of(bob) == before


def test_an_outage_is_waited_for_and_is_no_failure_of_messages(alice, written, text, monkeypatch):
    redact, calls = altering.redact_message, iter(range(100))

    def away_for_a_moment(**options):
        if next(calls) == 5:
            raise StorageUnavailable
        return redact(**options)

    monkeypatch.setattr(jobs, "redact_message", away_for_a_moment)
    job = start(alice)
    assert do(job) == "retried"
    assert (job.state, job.failures, job.error) == ("waiting", 0, "storage_unavailable")
    Job.objects.update(run_at=timezone.now())
    assert do(job) == "done"
    assert (job.done, job.total, job.failures) == (10, 10, 0)
    assert found_in_cassandra(text) == []


@pytest.mark.sql
def test_a_message_that_cannot_be_redacted_is_named_and_the_others_are(alice, written, text, monkeypatch, caplog):
    redact, bad = altering.redact_message, written[4]

    def fail(*, message):
        if message.id == bad.id:
            raise RuntimeError(message.content)
        return redact(message=message)

    monkeypatch.setattr(jobs, "redact_message", fail)
    job = start(alice)
    assert do(job) == "done"
    assert (job.done, job.failures) == (10, 1)
    assert list(JobFailure.objects.values_list("job", "item", "error")) == [(job.pk, str(bad.id), "unexpected")]
    assert [one for one in contents(alice) if text in one] == [bad.content]
    assert "could not be redacted: RuntimeError" in caplog.text
    assert text not in caplog.text
    monkeypatch.undo()
    retry_job(job_id=job.pk, actor=MODERATOR)
    assert do(job) == "done"
    assert job.failures == 0
    assert found_in_cassandra(text) == []


def test_what_arrives_while_it_goes_on_and_is_newer_stays(alice, bob, written, killed_at):
    job = start(alice)
    killed_at(3)
    with pytest.raises(Killed):
        do(job)
    later = spam(alice, bob, "later")
    Job.objects.update(heartbeat_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
    assert do(job) == "done"
    assert [one for one in contents(alice) if one == "later"] == [later.content]


# After a restore


@pytest.mark.sql
def test_what_redacted_after_the_moment_that_was_restored_is_done_again(alice, written):
    job = start(alice)
    do(job)
    ended = job.ended_at
    begin_anew(since=ended + timedelta(microseconds=1))
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 10)
    begin_anew(since=ended)
    job.refresh_from_db()
    assert (job.state, job.cursor, job.done, job.ended_at) == ("waiting", None, 0, None)
    assert do(job) == "done"
    assert (job.done, job.total) == (10, 10)


@pytest.mark.sql
@pytest.mark.parametrize(("state", "kind"), [("cancelled", KIND), ("done", "reports.tell"), ("failed", "reports.tell")])
def test_what_was_cancelled_or_must_not_be_repeated_stays_ended(db, state, kind):
    job = create_job(kind, {}, MODERATOR)
    Job.objects.update(state=state, ended_at=timezone.now(), cursor="here", done=3)
    begin_anew(since=day(1))
    assert Job.objects.filter(pk=job.pk, state=state, cursor="here", done=3, ended_at__isnull=False).exists()


# Evidence


@pytest.mark.sql
def test_evidence_is_forgotten_a_year_after_its_case_was_decided(alice, bob, new_person):
    cases = []
    for _ in range(3):
        sender = new_person()
        report(bob, spam(sender, bob))
        cases.append(Case.objects.get(person_id=sender.pk))
    report_of(bob, alice)
    old, recent, undecided = cases
    for case, age in ((old, EVIDENCE_AGE), (recent, EVIDENCE_AGE - 60)):
        decide(case_id=case.pk, decision="nothing", actor=MODERATOR, reason="x")
        Case.objects.filter(pk=case.pk).update(decided_at=timezone.now() - timedelta(seconds=age))
    Case.objects.filter(pk=undecided.pk).update(created_at=day(3_650))
    job = create_job("reports.forget_evidence", {}, MODERATOR)
    assert do(job) == "done"
    assert job.done == 1
    assert set(Evidence.objects.values_list("report__case", flat=True)) == {recent.pk, undecided.pk}
    assert Report.objects.filter(case=old).count() == 1
    assert forget_old() == 0


def test_evidence_is_looked_through_once_a_day():
    assert kinds()["reports.forget_evidence"].daily
    assert not kinds()[KIND].daily


def test_a_message_of_this_very_second_is_in_reach(alice, bob, text):
    """The job would wait 10 s for it; what it redacts is up to the moment it was asked for."""
    writing.append(message(alice, bob, text, ticks=now() - SECOND))
    do(start(alice))
    assert found_in_cassandra(text) == []
