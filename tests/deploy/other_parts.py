"""Running tests of this suite over other parts than the ordinary ones."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping

from tests.server import ROOT

# What pytest-xdist and tests/parts.py tell the worker that we may be in, and no run of its own.
OURS = ("PYTEST_XDIST_", "PYTEST_DEBUG_TEMPROOT")


def run_tests(settings: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Run tests in a process of their own; return status and output.

    `settings` are put over ours: the run has our Cassandra and our Valkey, there another database, unless they say
    otherwise. A test of it can't have a part hang or die.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    valkey = os.environ["REDIS_URL"].replace("/1?", "/2?")
    told = {"CASSANDRA_NODES": os.environ["CASSANDRA_NODES"], "REDIS_URL": valkey, **settings}
    options = ("-q", "-n0", "-p", "no:cacheprovider", "--maxfail=20", "--durations=10")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=ROOT,
        env={**environment, "TEST_SETTINGS": json.dumps(told)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1_200,
    )
    return done.returncode, done.stdout
