"""Running tests of this suite over other parts than the ordinary ones."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping

from tests.server import ROOT


def run_tests(settings: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Run tests in a process of their own, with `settings` in its environment; return status and output."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--maxfail=20", *arguments],
        cwd=ROOT,
        env={**os.environ, "TEST_SETTINGS": json.dumps(settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1_200,
    )
    return done.returncode, done.stdout
