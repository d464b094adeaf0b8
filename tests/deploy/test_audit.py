"""`make audit` tells packages without holes from a list that could not be asked. That list alone is played here."""

import os
import re
import subprocess
import sys

import pytest

from deploy.audit import PINS
from tests.server import ROOT

HOLE = '{"id": "PYSEC-1", "aliases": [], "details": "A hole.", "fixed_in": ["99"]}'
# Read by each Python that starts with it, before anything else.
PLAY = """
import json, os
import requests

def answer(self, url, **options):
    state = os.environ["LIST"]
    if state == "away":
        raise requests.ConnectTimeout("nobody is there")
    response = requests.Response()
    response.status_code = 404 if state == "unknown" or (state == "ours unknown" and "/jinja2/" not in url) else 200
    hole = [json.loads(os.environ["HOLE"])]
    holes = hole if "/jinja2/" in url or (state == "hole" and "/django/" in url) else []
    told = {} if state == "packages alone" else {"vulnerabilities": holes}
    response._content = json.dumps(told).encode()
    return response

requests.Session.get = answer
"""


@pytest.mark.parametrize(
    ("state", "status", "printed"),
    [
        ("clean", 0, r"^\d+ packages were looked up, 0 holes are known\.$"),
        ("hole", 1, r"^django [\d.]+: PYSEC-1, mended in 99\n\d+ packages were looked up, 1 holes are known\.$"),
        ("away", 2, "can't be asked from here: it tells of no hole in a release that has some"),
        ("unknown", 2, "can't be asked from here: it tells of no hole in a release that has some"),
        ("packages alone", 2, "can't be asked from here: it tells of no hole in a release that has some"),
        ("ours unknown", 2, "can't be asked from here: it doesn't know django, "),
    ],
)
def test_nobody_knows_is_no_all_clear(state, status, printed, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(PLAY)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "LIST": state, "HOLE": HOLE, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "deploy.audit"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert re.search(printed, (done.stdout + done.stderr).strip(), re.MULTILINE)


def test_all_that_is_installed_in_the_image_is_looked_up():
    assert set(PINS) == set(re.findall(r"(?:--requirement|--constraint) (\S+)", image_installs()))


def image_installs():
    """The Dockerfile's line that installs packages, with the places of the files in the project."""
    (line,) = re.findall(
        r"^RUN .*pip install .*--requirement.*$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE
    )
    return line.replace("constraints.txt", "deploy/constraints.txt")


def test_the_forges_ci_asks_and_the_offline_one_does_not_claim_to():
    assert "make audit" in (ROOT / ".github/workflows/ci.yml").read_text()
    assert "make audit" not in (ROOT / ".ci/run").read_text()
    assert re.search(r"^audit:.*\n\t\$\(python\) -m deploy\.audit$", (ROOT / "Makefile").read_text(), re.MULTILINE)
