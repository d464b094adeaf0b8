import os
import signal

import pytest

from tests.embedded.waiting import is_alive, read_until, wait_until

OWNER = """
import subprocess, sys, time
from pathlib import Path
from embedded.guard import guard
from embedded.ports import free_ports
from tests.embedded.listener import Listener
directory = Path(sys.argv[1])
guard().remove(directory)
for name in ("first", "second"):
    part = Listener(directory / name, free_ports(1)[0])
    part.start()
    part.wait_ready()
    print(part.pid, flush=True)
if sys.argv[2] == "stop":
    part.stop()
print("ready", flush=True)
if sys.argv[2] == "wait":
    time.sleep(60)
"""


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "directory"


def start(python_script, directory, what):
    owner = python_script(OWNER, directory, what)
    *pids, _ = read_until(owner, "ready")
    return owner, [int(pid) for pid in pids]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_outlives_an_owner_that_a_signal_ends(python_script, directory, number):
    owner, pids = start(python_script, directory, "wait")
    assert all(is_alive(pid) for pid in pids)
    assert directory.exists()
    owner.send_signal(number)
    wait_until(lambda: not any(is_alive(pid) for pid in pids) and not directory.exists())


def test_nothing_outlives_an_owner_that_just_ends(python_script, directory):
    owner, pids = start(python_script, directory, "end")
    owner.wait(30)
    wait_until(lambda: not any(is_alive(pid) for pid in pids) and not directory.exists())


def test_the_owners_output_ends_with_the_owner(python_script, directory):
    owner, _ = start(python_script, directory, "end")
    # Whoever reads a pipe from `make run` must not wait for guard or parts.
    assert owner.stdout.read() == ""
    owner.wait(30)


def test_a_paused_part_does_not_outlive_its_owner(python_script, directory):
    owner, pids = start(python_script, directory, "wait")
    os.kill(pids[0], signal.SIGSTOP)
    owner.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in pids) and not directory.exists())
