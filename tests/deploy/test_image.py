"""The application's image, built without an engine: what is in it, and that it serves as its user, unable to write."""

import json
import os
import re
import secrets
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.ports import free_ports
from tests.deploy.building import DOCKERFILE, read_stages
from tests.server import ROOT

MINUTES = 8 * 60  # seconds; 40 s on a machine with nothing else to do
# Programs that a deployment needs none of.
UNWANTED = ("pip", "pip3", "gcc", "cc", "make", "git", "curl")
LOOK = r"""
import json, os, pathlib, subprocess, sys, urllib.request
def get(path):
    request = urllib.request.Request(f"http://127.0.0.1:{os.environ['APP_PORT']}{path}", headers={"Host": "localhost"})
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()
def can_write(path):
    try:
        pathlib.Path(path, "probe").touch()
        return True
    except OSError:
        return False
report = {
    "user": os.getuid(),
    "ready": json.loads(get("/api/v1/health/ready"))["status"],
    "page": "hashed" if ".css" in get("/") else "",
    "sockets": os.listdir("/run/chat"),
    "log": json.loads(pathlib.Path("/var/log/chat/app-1.log").read_text().splitlines()[0])["logger"],
    "written": [path for path in sys.argv[1:] if can_write(path)],
    "programs": sorted(os.listdir("/venv/bin")),
    "packages": pathlib.Path("/venv/packages.txt").read_text().split("\n"),
    "files": sorted(os.listdir("/app")),
    "migrated": subprocess.run([sys.executable, "manage.py", "migrate_cassandra", "--check"]).returncode,
}
print("REPORT " + json.dumps(report))
"""


def instruction(stage, name):
    """What the Dockerfile says last of a stage's CMD or HEALTHCHECK, as a command."""
    rest = [
        rest for instruction, rest in read_stages(DOCKERFILE.read_text())[stage].instructions if instruction == name
    ]
    return shlex.join(json.loads(rest[-1][rest[-1].index("[") :]))


@pytest.fixture(scope="module")
def report(parts, tmp_path_factory):
    """What the container says of itself while it serves, with the parts of this run behind it."""
    if os.geteuid() != 0:
        pytest.fail(
            "only root can mount the layers of an image: run this as root, or build it by `docker compose build`"
        )
    directory = tmp_path_factory.mktemp("image")
    (port,) = free_ports(1)
    inside = {
        **parts.environment,
        "APP_ENV": "production",
        "APP_PORT": str(port),
        "APP_SOCKET": "/run/chat/app-1.sock",
        "LOG_FILE": "/var/log/chat/app-1.log",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DATABASE_URL": "sqlite:////tmp/service.sqlite3",
        "CASSANDRA_KEYSPACE": os.environ["CASSANDRA_KEYSPACE"],
        "EMAIL_URL": "filemail:////var/mail/chat",
        **{name: secrets.token_urlsafe(36) for name in ("SECRET_KEY", "JWT_SECRET_KEY")},
    }
    script = f"""
        python manage.py migrate --noinput --verbosity 0
        {instruction("application", "CMD")} &
        trap 'kill %1; wait' EXIT
        for _ in $(seq 120); do {instruction("application", "HEALTHCHECK")} && break; sleep 0.5; done
        {instruction("application", "HEALTHCHECK")}
        python -c {shlex.quote(LOOK)} / /app /app/chatsystem /venv /etc /tmp /var/mail/chat
    """
    command = ["unshare", "--mount", sys.executable, "-m", "tests.deploy.building", "jars", "application"]
    done = subprocess.run(
        [*command, "--", "/bin/bash", "-euc", script],
        cwd=ROOT,
        env={
            **os.environ,
            "BUILD_PLACE": str(directory),
            **{f"INSIDE_{name}": value for name, value in inside.items()},
        },
        capture_output=True,
        text=True,
        timeout=MINUTES,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-5000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("REPORT ")]
    return json.loads(line.removeprefix("REPORT "))


pytestmark = pytest.mark.timeout(MINUTES + 60)


def test_it_serves_as_a_user_without_rights_and_is_healthy(report):
    assert report["user"] == 10001
    assert report["ready"] == "ready"
    assert report["migrated"] == 0


def test_it_writes_where_volumes_are_and_nowhere_else(report):
    assert report["written"] == ["/tmp", "/var/mail/chat"]
    assert report["sockets"] == ["app-1.sock"]


def test_its_log_is_in_the_volume_for_the_collector(report):
    assert report["log"] == "gunicorn.error"


def test_its_pages_have_their_collected_static_files(report):
    assert report["page"] == "hashed"
    assert "staticfiles" in report["files"]


def test_it_holds_the_service_and_nothing_that_only_development_wants(report):
    assert report["files"] == [
        *("__pycache__", "accounts", "chatsystem", "constraints.txt", "deploy", "locale", "manage.py", "messaging"),
        *("moderation", "requirements.txt", "staticfiles", "templates"),
    ]
    assert not set(UNWANTED) & set(report["programs"])


def test_each_package_is_pinned(report):
    pins = (ROOT / "requirements.txt").read_text() + (ROOT / "deploy/constraints.txt").read_text()
    named = dict(re.findall(r"^([\w-]+)(?:\[\w+\])?==([\w.]+)", pins, re.MULTILINE))
    pinned = {(normal(name), version) for name, version in named.items()}
    installed = {
        (normal(name), version)
        for name, version in re.findall(r"^([\w.-]+)==(\S+)$", "\n".join(report["packages"]), re.MULTILINE)
    }
    assert {package for package in installed if package[0] not in {"pip", "setuptools"}} == pinned


def normal(name):
    """The name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_builder_is_sent_what_the_file_copies_and_no_more():
    ignored = Path(f"{DOCKERFILE}.dockerignore").read_text().splitlines()
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        word.split("/")[0]
        for stage in read_stages(DOCKERFILE.read_text()).values()
        for name, rest in stage.instructions
        if name == "COPY" and not rest.startswith("--from=")
        for word in rest.split()[:-1]
    }
    assert ignored[1] == "*"
    assert sent == copied
