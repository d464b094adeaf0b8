"""The worker's own steps, one at a time; `tests/prove/test_graceful_stops.py` sees the whole of it."""

import signal
from contextlib import closing

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.sock import TCPSocket

from chatsystem.worker import Worker


@pytest.fixture
def worker():
    """A worker with a port of its own, which nobody asks anything."""
    config = Config()
    with closing(TCPSocket(("127.0.0.1", 0), config, Logger(config))) as listener:
        worker = Worker(1, 0, [listener], None, 30, config, Logger(config))
        worker.wait_fds = [listener]
        yield worker
        worker.tmp.close()


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_being_told_to_stop_between_any_two_steps_is_no_error(worker, monkeypatch, turn):
    """A worker notifies its master before it takes a connection, before it waits for one, and again and again."""
    turns = []

    def notify():
        turns.append(1)
        if len(turns) == turn:
            worker.handle_exit(signal.SIGTERM, None)

    monkeypatch.setattr(worker, "is_parent_alive", lambda: True)
    monkeypatch.setattr(worker, "notify", notify)
    worker.timeout = 0.01  # seconds that it waits
    worker.run()
    assert len(turns) == turn
    assert not worker.alive


def test_an_error_of_another_kind_is_not_taken_for_a_stop(worker, monkeypatch):
    def broken():
        raise TypeError("a bug")

    monkeypatch.setattr(worker, "notify", broken)
    with pytest.raises(TypeError, match="a bug"):
        worker.run()
