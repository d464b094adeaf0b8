import os
import shutil
import signal
import time
from types import SimpleNamespace

import pytest

from embedded.errors import EmbeddedError
from embedded.signals import SAME
from embedded.supervisor import Supervisor
from tests.embedded.waiting import is_alive, read_until, wait_until

RUN = """
import sys
from pathlib import Path
from embedded.errors import EmbeddedError
from embedded.ports import free_ports
from embedded.signals import SAME
from embedded.supervisor import supervise
from tests.embedded.listener import Ending, Listener

class First(Listener):
    name = "First"

class Second(Listener):
    name = "Second"
    if sys.argv[2:] == ["slow"]:
        grace = 60
        code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + Listener.code

parts = []

def start():
    for kind in (First, Ending) if sys.argv[2:] == ["ending"] else (First, Second):
        part = kind(Path(sys.argv[1]) / kind.name, free_ports(1)[0])
        parts.append(part)
        part.start()
        if kind is not Ending:
            part.wait_ready()
        print(part.name, part.pid, flush=True)
    print("ready", flush=True)

try:
    supervise(parts, start=start, directory=Path(sys.argv[1]))
except EmbeddedError as error:
    print(f"Error: {error}", flush=True)
    sys.exit(1)
"""


@pytest.fixture
def run(python_script, tmp_path):
    def start(*how):
        process = python_script(RUN, tmp_path, *how)
        pids = [int(line.split()[1]) for line in read_until(process, "ready")[:-1]]
        return process, pids

    return start


@pytest.fixture
def supervisor(listener, tmp_path):
    listener.start()
    listener.wait_ready()
    return Supervisor([listener], directory=tmp_path)


def crash(part):
    os.kill(part.pid, signal.SIGKILL)
    part.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_the_parts_in_reverse_order_of_their_start(run, number):
    process, pids = run()
    process.send_signal(number)
    assert process.wait(30) == 0
    assert process.stdout.read() == "Stopping ...\nStopped: Second, First.\n"
    assert not any(is_alive(pid) for pid in pids)


def test_a_second_signal_hurries(run):
    process, pids = run("slow")
    process.send_signal(signal.SIGINT)
    read_until(process, "Stopping ...")
    time.sleep(SAME)  # earlier, it would count as the same signal
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert not any(is_alive(pid) for pid in pids)


def test_the_same_signal_passed_on_by_make_does_not_hurry(run):
    process, (_, second) = run("slow")
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    read_until(process, "Stopping ...")
    with pytest.raises(AssertionError):
        wait_until(lambda: not is_alive(second), seconds=0.5)


def test_a_part_that_keeps_ending_stops_everything_with_the_reason(run):
    process, (first, *_) = run("ending")
    lines = process.stdout.read().splitlines()
    assert process.wait(30) == 1
    assert lines[:3] == [
        "Ending ended by itself (status 1); starting it again.",
        "Ending ended by itself (status 1); starting it again.",
        "Stopped: Ending, First.",
    ]
    assert lines[3].startswith("Error: Ending ended 3 times within a minute (status 1; no such luck): see ")
    assert not is_alive(first)


def test_a_part_that_ends_is_started_again_with_a_line(supervisor, listener, capsys):
    crash(listener)
    supervisor.look()
    listener.wait_ready()
    supervisor.look()
    supervisor.look()
    assert capsys.readouterr().out == (
        "Listener ended by itself (status -9); starting it again.\nListener is ready again.\n"
    )


def test_a_new_process_is_told(listener, tmp_path):
    told = []
    listener.start()
    listener.wait_ready()
    supervisor = Supervisor([listener], directory=tmp_path, changed=lambda: told.append(listener.pid))
    crash(listener)
    supervisor.look()
    assert told == [listener.pid]


def test_three_deaths_in_more_than_a_minute_are_borne(supervisor, listener, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("embedded.supervisor.time", SimpleNamespace(monotonic=lambda: now[0]))
    for now[0] in (0.0, 30.0, 60.1, 90.2):
        crash(listener)
        supervisor.look()
    now[0] = 91.0
    crash(listener)
    with pytest.raises(EmbeddedError, match="Listener ended 3 times within a minute"):
        supervisor.look()


def test_a_full_disk_is_named_instead_of_trying_again(supervisor, listener, monkeypatch):
    crash(listener)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    with pytest.raises(EmbeddedError, match=r"Listener ended, the disk of .* is full: make room and start again"):
        supervisor.look()
    assert not listener.is_running()
