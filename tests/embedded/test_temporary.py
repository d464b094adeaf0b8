import signal
from pathlib import Path

import pytest

from embedded import temporary
from embedded.temporary import temporary_parts
from tests.embedded.listener import Listener
from tests.embedded.waiting import is_alive, read_until, wait_until

USER = """
import time
from embedded.temporary import temporary_parts
with temporary_parts() as parts:
    parts.wait_ready()
    print(parts.directory)
    print(parts.cassandra.pid)
    print(parts.valkey.pid)
    print("ready", flush=True)
    time.sleep(60)
"""


class Cassandra(Listener):
    """Stands for the node where only what is done with it matters."""

    name = "Cassandra"

    def __init__(self, directory, port, *, storage_port):
        super().__init__(directory, port)
        self.storage_port = storage_port
        self.nodes = f"127.0.0.1:{port}"


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(temporary, "Cassandra", Cassandra)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_real_parts_are_gone_with_their_directory_after_a_signal(cassandra_jars, python_script, number):
    user = python_script(USER)
    directory, *pids = read_until(user, "ready")[-4:-1]
    assert all(is_alive(int(pid)) for pid in pids)
    user.send_signal(number)
    wait_until(lambda: not any(is_alive(int(pid)) for pid in pids) and not Path(directory).exists())


def test_the_environment_names_both_parts(small):
    with temporary_parts() as parts:
        parts.wait_ready()
        assert parts.environment == {
            "CASSANDRA_NODES": f"127.0.0.1:{parts.cassandra.port}",
            "REDIS_URL": f"redis://127.0.0.1:{parts.valkey.port}/1",
        }


def test_everything_is_removed_after_an_error(small):
    found = []

    def fail():
        with temporary_parts() as parts:
            parts.wait_ready()
            found.extend([parts.directory, parts.cassandra.pid, parts.valkey.pid])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    directory, *pids = found
    assert not any(is_alive(pid) for pid in pids)
    assert not directory.exists()


def test_two_at_once_share_nothing(small):
    with temporary_parts() as one, temporary_parts() as other:
        one.wait_ready()
        other.wait_ready()
        ports = [part.port for parts in (one, other) for part in (parts.cassandra, parts.valkey)]
        assert len(set(ports)) == 4
        assert one.directory != other.directory


def test_a_part_whose_port_somebody_takes_first_moves(small, listener):
    listener.start()
    listener.wait_ready()
    parts = temporary.TemporaryParts()
    try:
        parts.valkey.port = listener.port
        parts.start()
        parts.wait_ready()
        assert parts.valkey.port != listener.port
        assert parts.environment["REDIS_URL"] == f"redis://127.0.0.1:{parts.valkey.port}/1"
    finally:
        parts.remove()
