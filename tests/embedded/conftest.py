"""Real parts for these tests, and small processes where any process will do."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from embedded import jars
from embedded.paths import PROJECT
from embedded.ports import free_ports
from tests.embedded.listener import Ending, Listener


@pytest.fixture(scope="session")
def cassandra_jars():
    """Cassandra's real jars, fetched at most once on a machine."""
    return jars.fetch()


@pytest.fixture
def port():
    return free_ports(1)[0]


@pytest.fixture
def listener(tmp_path, port):
    part = Listener(tmp_path / "listener", port)
    yield part
    part.kill()


@pytest.fixture
def ending(tmp_path, port):
    part = Ending(tmp_path / "ending", port)
    yield part
    part.kill()


@pytest.fixture
def python_script(tmp_path):
    """Start a script in a process of its own, as a user's shell would; what is left of it is killed."""
    started = []

    def start(code, *arguments, **environment):
        script = tmp_path / f"script{len(started)}.py"
        script.write_text(code)
        process = subprocess.Popen(
            [sys.executable, script, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A shell's background job, as a run of the tests may be, ignores Ctrl-C and hands that down.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        process.stdout.close()
