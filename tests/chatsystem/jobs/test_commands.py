"""`manage.py work --once` and `--check`, and `manage.py jobs`."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bench.databases import using
from chatsystem.audit.models import AuditEntry
from chatsystem.errors import PersonNotFound, StorageUnavailable
from chatsystem.jobs.claiming import LOST_AFTER
from chatsystem.jobs.housekeeping import JOBS_KEPT
from chatsystem.jobs.models import Job, JobWorker
from chatsystem.jobs.registry import kinds
from chatsystem.jobs.starting import create_job
from chatsystem.jobs.workers import Heartbeat, new_name
from tests.chatsystem.jobs.kinds import NAME, known
from tests.operators import OPERATOR


def run(*arguments):
    """Run a command; return how it ends, what it printed, and its complaint."""
    output = io.StringIO()
    try:
        call_command(*arguments, stdout=output)
    except SystemExit as end:
        return end.code, output.getvalue(), ""
    except CommandError as error:
        return error.returncode, output.getvalue(), str(error)
    return 0, output.getvalue(), ""


def work(handler, *arguments):
    """Run the worker for all that is due now."""
    with known(handler):
        return run("work", "--once", *arguments)


@pytest.fixture(autouse=True)
def _signals_stay_as_they_are(monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *_: None)


def do_item(run):
    if "error" in run.arguments:
        raise {"outage": StorageUnavailable, "refusal": PersonNotFound}[run.arguments["error"]]


def daily_jobs():
    """Return how many jobs the worker starts by itself."""
    return sum(kind.daily for kind in kinds().values())


def new_job(**arguments):
    return create_job(NAME, arguments, OPERATOR)


def test_a_worker_does_what_is_due_and_ends(database):
    for _ in range(3):
        new_job()
    done = 3 + daily_jobs()
    assert work(do_item) == (0, f"{done} done, 0 failed, 0 retried, 0 interrupted, 0 lost\n", "")
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert work(do_item)[1].startswith("0 done")
    assert not JobWorker.objects.exists()


def test_a_worker_that_left_something_undone_ends_with_1(database):
    new_job(error="outage")
    status, printed, _ = work(do_item, "--json")
    assert (status, json.loads(printed)) == (
        1,
        {"done": daily_jobs(), "failed": 0, "retried": 1, "interrupted": 0, "lost": 0},
    )
    new_job(error="refusal")
    assert work(do_item)[:2] == (1, "0 done, 1 failed, 0 retried, 0 interrupted, 0 lost\n")


def test_a_health_check_finds_the_worker_of_this_machine_while_it_shows_itself(database, time_machine):
    nobody = (1, "", "No worker was seen on this machine in the last minute.")
    Heartbeat("elsewhere/1/abcdef").beat()
    assert run("work", "--check") == nobody
    Heartbeat(new_name()).beat()
    assert run("work", "--check") == (0, "", "")
    time_machine.move_to(timezone.now() + LOST_AFTER + timedelta(seconds=1))
    assert run("work", "--check") == nobody


@pytest.mark.sql
def test_a_worker_without_sql_ends_with_2(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), using(f"sqlite:///{tmp_path}/empty.sqlite3"):
        assert work(do_item) == (2, "", "SQL can't be reached (OperationalError).")
        assert run("work", "--check") == (2, "", "SQL can't be reached (OperationalError).")


def failing(run):
    run.save(cursor=1, done=1, total=3)
    run.failed("item 7", "odd")


def test_jobs_are_listed_the_last_first_and_shown_with_their_failed_items(database):
    first, second = new_job(), new_job()
    with known(failing):
        run("work", "--once")
    third = new_job()
    assert run("jobs", "list", "--kind", NAME)[1].splitlines() == [
        f"job {third.pk}, {NAME}, waiting, 0 of ? done, by olga",
        f"job {second.pk}, {NAME}, done, 1 of 3 done, by olga, 1 items failed",
        f"job {first.pk}, {NAME}, done, 1 of 3 done, by olga, 1 items failed",
    ]
    page = json.loads(run("jobs", "list", "--state", "done", "--kind", NAME, "--limit", "1", "--json")[1])
    assert [job["number"] for job in page["jobs"]] == [second.pk]
    page = json.loads(run("jobs", "list", "--kind", NAME, "--before", str(second.pk), "--json")[1])
    assert [job["number"] for job in page["jobs"]] == [first.pk]
    shown = json.loads(run("jobs", "show", str(first.pk), "--json")[1])
    assert (shown["state"], shown["failed_items"]) == ("done", [{"item": "item 7", "error": "odd"}])
    assert run("jobs", "show", str(first.pk))[1].splitlines()[1:] == ["failed: item 7: odd"]
    assert run("jobs", "list", "--kind", "none")[1] == "There are none.\n"


def test_a_job_is_cancelled_and_tried_again_and_a_dry_run_changes_nothing(database):
    job = new_job()
    for way, state in (("cancel", "cancelled"), ("retry", "waiting")):
        before = Job.objects.values().get(), AuditEntry.objects.count()
        status, printed, _ = run("jobs", way, str(job.pk), "--reason", "wrong", "--dry-run")
        assert (status, printed.split(":")[0]) == (0, "Nothing was changed. It would be")
        assert (Job.objects.values().get(), AuditEntry.objects.count()) == before
        status, printed, _ = run("jobs", way, str(job.pk), "--reason", "wrong", "--json")
        assert (status, json.loads(printed)["state"]) == (0, state)
        assert Job.objects.get().state == state
    entries = AuditEntry.objects.order_by("number").values_list("action", "actor_kind", "reason")
    assert list(entries) == [("job.cancelled", "command", "wrong"), ("job.retried", "command", "wrong")]


def test_a_failed_job_is_cancelled_too(database):
    job = new_job(error="refusal")
    work(do_item)
    assert run("jobs", "cancel", str(job.pk), "--reason", "erased since")[:2] == (
        0,
        f"job {job.pk}, {NAME}, cancelled, 0 of ? done, by olga, error: person_not_found\n",
    )


def test_what_can_not_be_done_ends_with_1_and_its_code(database):
    job = new_job()
    assert run("jobs", "retry", str(job.pk), "--reason", "x")[0::2] == (
        1,
        "Only a job that failed, was cancelled or could not do some items can be tried again. (nothing_to_retry)",
    )
    assert run("jobs", "show", "0") == (1, "", "There is no such job. (job_not_found)")
    assert not AuditEntry.objects.exists()


def test_jobs_that_ended_long_ago_are_forgotten_with_their_items_and_no_others(database):
    now = timezone.now()
    kept, old, waiting = new_job(), new_job(), new_job()
    old.failed_items.create(item="a", error="odd")
    ended = {"state": "failed", "ended_at": now - JOBS_KEPT + timedelta(hours=1)}
    Job.objects.filter(pk=kept.pk).update(**ended)
    Job.objects.filter(pk=old.pk).update(**{**ended, "ended_at": now - JOBS_KEPT - timedelta(hours=1)})
    Job.objects.filter(pk=waiting.pk).update(created_at=now - 2 * JOBS_KEPT, run_at=now + timedelta(hours=1))
    for name, seen in (("new", now), ("gone", now - timedelta(days=2))):
        JobWorker.objects.create(name=name, seen_at=seen)
    assert run("work", "--once")[0] == 0
    assert set(Job.objects.filter(kind=NAME)) == {kept, waiting}
    assert Job.objects.get(kind="jobs.forget").done == 1
    assert list(JobWorker.objects.values_list("name", flat=True)) == ["new"]
