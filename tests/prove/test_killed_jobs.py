"""The worker's real process, killed at any point: whatever is left goes on, and is done once."""

import signal
from collections import Counter

import pytest

from chatsystem.audit.models import AuditEntry
from chatsystem.jobs.models import Job, JobWorker
from chatsystem.jobs.starting import create_job, start_job
from tests.chatsystem.jobs.kinds import EVENTS, NAME, known, write_lines
from tests.embedded.waiting import wait_until
from tests.operators import OPERATOR
from tests.prove.workers import NEVER, new_workers

LINES = 4


@pytest.fixture
def worker(database, tmp_path):
    """A starter of processes."""
    with new_workers(database, tmp_path) as start:
        yield start


def start(directory, lines=LINES, **arguments):
    return create_job(NAME, {"lines": lines, "file": str(directory / "lines"), **arguments}, OPERATOR)


def written(directory):
    file = directory / "lines"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


@pytest.mark.parametrize("event", EVENTS)
def test_a_killed_workers_job_is_done_by_the_next_from_where_it_was(worker, tmp_path, event):
    job = start(tmp_path)
    dying = worker(event, 1 if event in ("claimed", "before end", "ended") else 3)
    dying.ends_with(-signal.SIGKILL)
    job.refresh_from_db()
    before = {
        "claimed": ([], "running"),
        "written": ([0, 1, 2], "running"),
        "before save": ([0, 1], "running"),
        "saved": ([0, 1], "running"),
        "before end": ([0, 1, 2, 3], "running"),
        "ended": ([0, 1, 2, 3], "done"),
    }
    assert (written(tmp_path), job.state) == before[event]

    nobody_looked = Job.objects.get(pk=job.pk)
    second = worker()
    # Who is stopped before it listens to signals dies of them.
    wait_until(lambda: JobWorker.objects.exclude(name=job.worker).exists())
    wait_until(lambda: Job.objects.get(pk=job.pk).state == "done")
    second.stop()
    counted = Counter(written(tmp_path))
    assert counted.keys() == set(range(LINES))
    # Only the step that was under way is done again, and only where its end wasn't saved.
    again = {"written": {2}, "before save": {1}}.get(event, set())
    assert {line for line, times in counted.items() if times > 1} == again
    assert max(counted.values()) <= 2
    job.refresh_from_db()
    assert (job.done, job.total, job.cursor, job.failures, job.error) == (LINES, LINES, LINES, 0, "")
    assert job.claim == nobody_looked.claim + (event != "ended")


def test_two_workers_share_many_jobs_and_do_each_once(worker, tmp_path):
    workers = [worker(lost_after=30) for _ in range(2)]  # neither is, however busy the machine
    wait_until(lambda: JobWorker.objects.count() == 2)
    jobs = []
    for number in range(30):
        directory = tmp_path / str(number)
        directory.mkdir()
        jobs.append((start(directory, lines=2, slow=0.1), directory))  # time enough for the other to wake
    wait_until(lambda: not Job.objects.filter(kind=NAME).exclude(state="done").exists(), seconds=60)
    for one in workers:
        one.stop()
    assert JobWorker.objects.count() == 0
    assert [written(directory) for _, directory in jobs] == [[0, 1]] * 30
    claims = Counter(Job.objects.filter(kind=NAME).values_list("worker", flat=True))
    assert len(claims) == 2
    assert set(Job.objects.filter(kind=NAME).values_list("claim", flat=True)) == {1}
    # What the workers start by themselves they start once.
    daily = Job.objects.exclude(kind=NAME)
    assert set(Counter(daily.values_list("kind", flat=True)).values()) == {1}


def test_a_worker_that_is_told_to_stop_ends_its_step_and_another_goes_on(worker, tmp_path):
    job = start(tmp_path, lines=8, slow=0.3)
    first = worker()
    wait_until(lambda: len(written(tmp_path)) >= 2)
    first.stop()
    job.refresh_from_db()
    done = written(tmp_path)
    assert job.state == "waiting"
    assert job.cursor == job.done == len(done) < 8
    second = worker(NEVER, 1, "--once")
    second.ends_with(0)
    assert written(tmp_path) == list(range(8))
    job.refresh_from_db()
    assert (job.state, job.claim) == ("done", 2)


def test_a_job_that_takes_long_is_not_taken_from_a_worker_that_lives(worker, tmp_path):
    """Its heartbeat comes beside its work, which here takes longer than a worker counts as alive without one."""
    job = start(tmp_path, lines=1, slow=8)
    first, second = (worker(lost_after=6) for _ in range(2))
    wait_until(lambda: Job.objects.get(pk=job.pk).state == "done")
    for one in (first, second):
        one.stop()
    assert written(tmp_path) == [0]
    assert Job.objects.get(pk=job.pk).claim == 1


def test_the_one_that_started_it_is_in_the_log_whoever_is_killed(worker, tmp_path):
    with known(write_lines):
        job = start_job(kind=NAME, arguments={"lines": 1, "file": str(tmp_path / "lines")}, actor=OPERATOR)
    worker("written").ends_with(-signal.SIGKILL)
    second = worker()
    wait_until(lambda: Job.objects.get(pk=job.pk).state == "done")
    second.stop()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_id, entry.actor_name) == ("job.started", str(job.pk), "olga")
