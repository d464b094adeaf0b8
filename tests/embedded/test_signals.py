import signal

import pytest

from embedded.signals import Stopped, deferred, stopping


def test_the_first_signal_stops():
    with pytest.raises(Stopped), stopping(hurry=lambda: pytest.fail("too early")):
        signal.raise_signal(signal.SIGTERM)


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    with stopping(hurry=lambda: None):
        pass
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_waits_for_the_end_of_what_must_not_be_torn():
    done = []

    def work():
        with stopping(hurry=lambda: None):
            with deferred():
                signal.raise_signal(signal.SIGINT)
                done.append("first")
            done.append("second")

    with pytest.raises(Stopped):
        work()
    assert done == ["first"]


def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping(hurry=lambda: None):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
