"""Metrics of several workers are one, whichever of them is asked and whoever has ended."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.parser import text_string_to_metric_families

from chatsystem import metrics_files
from tests.server import ROOT, running_server

REQUESTS = 200
TRIES = 20


def served(server):
    """Return how many requests for the process's health have been answered with 200, as `/metrics` says."""
    text = httpx.get(f"{server.url}/metrics", timeout=30).raise_for_status().text
    labels = {"route": "health", "method": "GET", "status": "200"}
    families = {family.name: family for family in text_string_to_metric_families(text)}
    (counted,) = [sample.value for sample in families["chat_http_requests"].samples if sample.labels == labels]
    (timed,) = [
        sample.value
        for sample in families["chat_http_request_seconds"].samples
        if sample.name.endswith("_count") and sample.labels == {"route": "health"}
    ]
    assert counted == timed
    return counted


def directories(server):
    return sorted(server.log.parent.glob("*chat-metrics-*"))


def served_by_file(server):
    """Return the same for each file of the server's directory, by what stands for the process in its name."""
    (directory,) = directories(server)
    found = Counter()
    for file in directory.glob("counter_*.db"):
        for key, value, *_ in MmapedDict.read_all_values_from_file(str(file)):
            if '"health"' in key and '"200"' in key:
                found[file.stem.removeprefix("counter_")] += int(value)
    return found


def ask(server, number):
    """Ask for health `number` times, by several clients at once."""
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: httpx.get(f"{server.url}/api/v1/health", timeout=30), range(number))
        assert {response.status_code for response in answers} == {200}


@contextmanager
def two_workers(directory, **environment):
    """A server whose directory of metrics is in `directory`, and how many requests its start took."""
    with running_server(directory, TMPDIR=str(directory), WEB_CONCURRENCY="2", **environment) as server:
        for _ in range(TRIES):
            ask(server, 8)
            if len(served_by_file(server)) == 2:
                break
        yield server, served(server)


def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_sum_over_two_workers_is_right_also_after_they_were_replaced(tmp_path):
    with two_workers(tmp_path) as (server, before):
        ask(server, REQUESTS)
        workers = served_by_file(server)
        assert len(workers) == 2
        assert all(workers.values())
        assert {served(server) for _ in range(TRIES)} == {before + REQUESTS}

        for pid, how in zip(workers, (signal.SIGTERM, signal.SIGKILL), strict=True):
            os.kill(int(pid), how)
            wait_until(lambda pid=pid: pid not in served_by_file(server))  # folded
            assert {served(server) for _ in range(TRIES)} == {before + REQUESTS}

        for _ in range(TRIES):
            ask(server, 10)
        assert {served(server) for _ in range(TRIES)} == {before + REQUESTS + TRIES * 10}
        assert served_by_file(server)["ended"] == before + REQUESTS
        assert not set(workers) & set(served_by_file(server))
    assert directories(server) == []


def test_the_directory_of_a_master_that_was_killed_is_removed_by_the_next(tmp_path):
    with running_server(tmp_path, TMPDIR=str(tmp_path)) as killed:
        (left,) = directories(killed)
        workers = Path(f"/proc/{killed.process.pid}/task/{killed.process.pid}/children").read_text().split()
        killed.process.kill()
        for worker in workers:  # they would see that they are orphans, but not at once
            os.kill(int(worker), signal.SIGKILL)
        with running_server(tmp_path, TMPDIR=str(tmp_path)) as first:
            wait_until(lambda: not left.exists() or not is_held(left))
            with running_server(tmp_path, TMPDIR=str(tmp_path)):
                assert not left.exists()
                assert len(directories(first)) == 2  # those of masters that live aren't touched


def test_a_start_that_fails_leaves_no_directory(tmp_path):
    with running_server(tmp_path, TMPDIR=str(tmp_path)) as server:
        port = str(httpx.URL(server.url).port)
        command = [sys.executable, "-m", "gunicorn", "-c", "python:chatsystem.gunicorn", "chatsystem.wsgi"]
        environment = {**os.environ, "TMPDIR": str(tmp_path), "APP_PORT": port}
        failed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=300, text=True)
        assert failed.returncode == 1
        assert "Address already in use" in failed.stderr
        assert len(directories(server)) == 1


def is_held(directory):
    """Whether a master or a worker of the directory lives."""
    with (directory / metrics_files.ALIVE).open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.fixture
def directory(tmp_path, monkeypatch):
    """A master's directory."""
    monkeypatch.setattr(metrics_files.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(metrics_files, "_waiting", set())
    monkeypatch.delenv(metrics_files.VARIABLE, raising=False)
    monkeypatch.setattr(metrics_files, "_alive", [])
    at_exit = []
    monkeypatch.setattr(metrics_files.atexit, "register", lambda *call: at_exit.append(call))
    metrics_files.create()
    (made,) = tmp_path.iterdir()
    yield made
    ((remove, *arguments),) = at_exit
    remove(made, os.getpid() + 1)  # a worker's end
    assert made.exists()
    remove(*arguments)
    assert not made.exists()
    metrics_files._alive.pop().close()
    os.environ.pop(metrics_files.VARIABLE)


def count(directory, pid, kind="counter", **values):
    file = MmapedDict(str(directory / f"{kind}_{pid}.db"))
    for name, value in values.items():
        file.write_value(mmap_key(name, name, ["a"], ["\u00e9"], "Help."), value, 0.0)
    file.close()


def held(directory, pid=metrics_files.ENDED, kind="counter"):
    values = MmapedDict.read_all_values_from_file(str(directory / f"{kind}_{pid}.db"))
    return [value for _, value, *_ in values]


def test_folding_adds_up_and_leaves_the_living_alone(directory):
    count(directory, 1, first=1, second=2)
    count(directory, 2, second=3)
    count(directory, 3, second=100)
    count(directory, 1, "histogram", first=7)
    for pid in (1, 2):
        metrics_files.fold(pid)
    assert held(directory) == [1, 5]
    assert held(directory, kind="histogram") == [7]
    assert sorted(file.name for file in directory.glob("*.db")) == [
        "counter_3.db",
        "counter_ended.db",
        "histogram_ended.db",
    ]


def test_folding_waits_while_somebody_reads_and_is_done_with_the_next(directory):
    count(directory, 1, first=1)
    count(directory, 2, first=2)
    with metrics_files.reading():
        metrics_files.fold(1)
        assert held(directory, 1) == [1]
    metrics_files.fold(2)
    assert held(directory) == [3]


@pytest.mark.parametrize("content", [b"", b"\0" * 4_096], ids=["empty", "zeros"])
def test_a_worker_that_was_killed_before_it_had_counted_is_folded(directory, content):
    (directory / "counter_1.db").write_bytes(content)
    metrics_files.fold(1)
    assert held(directory) == []
    assert not (directory / "counter_1.db").exists()


def test_a_full_disk_costs_no_master_its_life_and_no_count(directory, monkeypatch, caplog):
    count(directory, 1, first=1)
    with monkeypatch.context() as patch:
        patch.setattr(metrics_files.Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
        metrics_files.fold(1)
    assert "metrics of ended workers could not be folded: No space left" in caplog.text
    metrics_files.fold(2)
    assert held(directory) == [1]


def test_without_a_directory_nothing_is_folded_and_reading_needs_none(monkeypatch):
    monkeypatch.delenv(metrics_files.VARIABLE, raising=False)
    monkeypatch.setattr(metrics_files, "_waiting", set())
    metrics_files.fold(1)
    with metrics_files.reading():
        pass
