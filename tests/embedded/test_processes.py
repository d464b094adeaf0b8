import os
import signal
import sys
from pathlib import Path

import pytest

from embedded.errors import NotReady, PartEnded, PortTaken
from tests.embedded.listener import Listener
from tests.embedded.waiting import is_alive, wait_until


class Stubborn(Listener):
    """A part that does not hear SIGTERM and has started another process."""

    code = f"""
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid, flush=True)
{Listener.code}
"""


class Orderly(Listener):
    """A part that ends by itself when it hears SIGTERM, as databases do; the kernel does it for whoever doesn't."""

    STATUS = 7
    code = f"""
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit({STATUS}))
{Listener.code}
"""


@pytest.fixture
def stubborn(tmp_path, port):
    yield from started(Stubborn(tmp_path, port))


@pytest.fixture
def orderly(tmp_path, port):
    yield from started(Orderly(tmp_path, port))


def started(part):
    part.start()
    part.wait_ready()
    yield part
    part.kill()


def test_a_part_is_ready_when_it_answers(listener):
    listener.start()
    assert listener.is_running()
    listener.wait_ready()
    assert listener.is_ready()


def test_a_part_runs_in_a_session_of_its_own(listener):
    listener.start()
    assert os.getsid(listener.pid) == listener.pid != os.getsid(0)


def test_a_stopped_part_is_gone_and_starts_again_on_its_port(listener):
    listener.start()
    listener.wait_ready()
    first = listener.pid
    listener.stop()
    assert not is_alive(first)
    assert listener.pid is None
    listener.start()
    listener.wait_ready()
    assert listener.pid != first


def test_a_killed_part_is_gone_and_starts_again_on_its_port(listener):
    listener.start()
    listener.wait_ready()
    listener.kill()
    assert not listener.is_ready()
    listener.start()
    listener.wait_ready()


def test_a_part_that_runs_is_not_started_twice(listener):
    listener.start()
    first = listener.pid
    listener.start()
    assert listener.pid == first


def test_stopping_and_killing_what_does_not_run_does_nothing(listener):
    listener.stop()
    listener.kill()
    assert not listener.is_running()


def test_a_paused_part_does_not_answer_until_it_goes_on(listener):
    listener.start()
    listener.wait_ready()
    listener.pause()
    assert listener.is_running()
    assert not listener.is_ready()
    listener.resume()
    listener.wait_ready(30)


BUSY = """
import threading

def run():
    while True:
        pass

for _ in range(4):
    threading.Thread(target=run).start()
"""


class Busy(Listener):
    """A process whose threads never rest."""

    def command(self):
        return [sys.executable, "-c", BUSY]


def test_when_pause_returns_no_thread_runs(tmp_path, port):
    busy = Busy(tmp_path / "busy", port)
    busy.start()
    try:
        wait_until(lambda: len(threads(busy)) == 5)
        for _ in range(50):
            busy.pause()
            assert threads(busy) == ["T"] * 5
            busy.resume()
    finally:
        busy.kill()


def threads(part):
    """The states of its threads, as /proc has them; T is stopped."""
    return [file.read_text().rpartition(")")[2].split()[0] for file in Path(f"/proc/{part.pid}/task").glob("*/stat")]


def test_a_paused_part_can_be_stopped_in_order(orderly):
    orderly.pause()
    process = orderly._process
    orderly.stop()
    assert process.returncode == Orderly.STATUS  # and not SIGKILL, after its grace


def test_a_part_that_does_not_stop_is_killed_with_what_it_started(stubborn):
    child = int(stubborn.log.read_text().split()[0])
    stubborn.stop(grace=0.1)
    assert not is_alive(stubborn.wait())
    wait_until(lambda: not is_alive(child))


def test_a_part_that_ends_before_it_is_ready_says_why(ending):
    ending.start()
    with pytest.raises(PartEnded) as raised:
        ending.wait_ready()
    assert str(raised.value) == f"Ending ended by itself (status 1; no such luck): see {ending.log}"


def test_only_what_was_printed_since_the_last_start_is_told(ending):
    ending.logs.mkdir(parents=True)
    ending.log.write_text("of an earlier run: Address already in use\n")
    ending.start()
    ending.wait()
    assert ending.last_words() == "status 1; no such luck"
    assert ending.log.read_text() == "of an earlier run: Address already in use\nno such luck\n"


def test_a_large_log_is_put_aside_at_the_next_start(ending):
    ending.logs.mkdir(parents=True)
    ending.log.write_bytes(b"x" * 10_000_001)
    ending.start()
    ending.wait()
    assert ending.log.read_text() == "no such luck\n"
    assert (ending.logs / "ending.log.1").stat().st_size == 10_000_001


def test_a_part_whose_port_is_taken_says_so(listener, tmp_path):
    listener.start()
    listener.wait_ready()
    second = Listener(tmp_path / "second", listener.port)
    second.start()
    second.wait()
    # The first one answers on that port; the second must not take that for its own readiness.
    with pytest.raises(PortTaken, match="Address already in use"):
        second.wait_ready()


def test_a_part_that_stays_silent_is_not_ready_in_time(listener):
    listener.start()
    listener.wait_ready()
    listener.pause()
    with pytest.raises(NotReady, match="Listener is not ready in time: see "):
        listener.wait_ready(0.1)


def test_how_a_signal_ended_a_part_is_told(listener):
    listener.start()
    listener.wait_ready()
    os.kill(listener.pid, signal.SIGKILL)
    listener.wait()
    assert listener.last_words() == "status -9; listening"
