"""The settings as a whole, read by a process of their own."""

import json
import os
import secrets
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsystem import env
from tests.server import ROOT

EXAMPLE = (ROOT / ".env.example").read_text()
ASSIGNED = dict(line.split("=", 1) for line in EXAMPLE.splitlines() if "=" in line and not line.startswith("#"))
KEYS = {"SECRET_KEY": secrets.token_urlsafe(48), "JWT_SECRET_KEY": secrets.token_urlsafe(48)}
REQUIRED = {**KEYS, "DATABASE_URL": "sqlite:////tmp/chat.sqlite3"}


def run(code, **environment):
    """Run Python in an environment of nothing else, and return what it printed as JSON."""
    command = [sys.executable, "-W", "error", "-c", code]
    kept = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull}
    done = subprocess.run(command, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise ImproperlyConfigured(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


SETTINGS = """
import json
from chatsystem import settings
settings.DATABASES["cassandra"]["OPTIONS"].pop("connection")  # objects of the driver
print(json.dumps({name: getattr(settings, name) for name in dir(settings) if name.isupper()}, default=str))
"""
NAMES = """
import json
from chatsystem import env, gunicorn, settings
print(json.dumps(sorted(env.read)))
"""
GUNICORN = """
import json, sys
from chatsystem import gunicorn
print(json.dumps([gunicorn.bind, gunicorn.workers, gunicorn.worker_class, "cassandra" in sys.modules]))
"""


def test_the_example_names_every_variable_that_is_read_and_no_other():
    # The file can't name itself.
    assert sorted(ASSIGNED) == [name for name in run(NAMES, **REQUIRED) if name != "ENV_FILE"]


def test_the_example_explains_each_variable_in_a_line_of_its_own():
    lines = EXAMPLE.splitlines()
    for name in ASSIGNED:
        (index,) = [index for index, line in enumerate(lines) if line.startswith(f"{name}=")]
        comment = lines[index - 1]
        assert comment.startswith("# "), name
        assert "Default: " in comment or "Required" in comment, name


def test_the_examples_values_are_the_defaults(tmp_path):
    file = tmp_path / "env"
    file.write_text(EXAMPLE)
    assert run(SETTINGS, **REQUIRED, ENV_FILE=str(file)) == run(SETTINGS, **REQUIRED)
    assert run(GUNICORN, ENV_FILE=str(file)) == run(GUNICORN)


@pytest.mark.parametrize("name", sorted(KEYS))
def test_the_examples_keys_never_pass_as_keys(name, monkeypatch):
    monkeypatch.setenv(name, ASSIGNED[name])
    with pytest.raises(ImproperlyConfigured, match=f"^{name} "):
        env.secret(name)
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set"):
        run(SETTINGS, **{**REQUIRED, name: ASSIGNED[name]})


def test_the_defaults_are_safe_for_production():
    settings = run(SETTINGS, **REQUIRED)
    assert settings["APP_ENV"] == "production"
    assert settings["DEBUG"] is False
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["CSRF_COOKIE_SECURE"] is True
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert settings["TIME_ZONE"] == "UTC"


def test_the_names_of_old_deployments_work():
    old = {"CASSANDRA_NODES": "one,two", "AUTH_HEADER_PREFIX": "Token", "APP_PORT": "8123"}
    settings = run(SETTINGS, **REQUIRED, **old)
    assert settings["DATABASES"]["cassandra"]["HOST"] == "one,two"
    assert settings["AUTH_HEADER_PREFIX"] == "Token"
    assert settings["SIMPLE_JWT"]["SIGNING_KEY"] == KEYS["JWT_SECRET_KEY"]
    assert run(GUNICORN, **old)[0] == ["127.0.0.1:8123"]


def test_gunicorn_has_its_defaults_and_its_master_knows_no_cassandra():
    assert run(GUNICORN) == [["127.0.0.1:8000"], 2, "chatsystem.worker.Worker", False]


def test_gunicorn_reads_the_env_file_too(tmp_path):
    file = tmp_path / "env"
    file.write_text("APP_HOST=0.0.0.0\nAPP_PORT=8123\nAPP_SOCKET=/run/chat/app.sock\nWEB_CONCURRENCY=4\n")
    assert run(GUNICORN, ENV_FILE=str(file))[:2] == [["0.0.0.0:8123", "unix:/run/chat/app.sock"], 4]


@pytest.mark.parametrize(
    ("name", "value"), [("APP_PORT", "0"), ("APP_PORT", "http"), ("WEB_CONCURRENCY", "0"), ("WEB_CONCURRENCY", "many")]
)
def test_gunicorn_names_the_variable_that_is_wrong(name, value):
    with pytest.raises(ImproperlyConfigured, match=f"{name} must be a whole number from 1 to .*, not '{value}'"):
        run(GUNICORN, **{name: value})


def test_metrics_are_for_this_machine_or_with_a_token_for_whoever_has_it():
    token = secrets.token_urlsafe(48)
    found = [
        [settings["METRICS_TOKEN"], settings["METRICS_ADDRESSES"]]
        for settings in (
            run(SETTINGS, **REQUIRED),
            run(SETTINGS, **REQUIRED, METRICS_TOKEN=token),
            run(SETTINGS, **REQUIRED, METRICS_TOKEN=token, METRICS_ADDRESSES="10.0.0.7, 10.1.0.0/16"),
        )
    ]
    assert found == [
        ["", ["127.0.0.0/8", "::1/128"]],
        [token, []],
        [token, ["10.0.0.7/32", "10.1.0.0/16"]],
    ]


def test_a_token_that_can_be_guessed_is_refused():
    with pytest.raises(ImproperlyConfigured, match="METRICS_TOKEN must have 32 characters at least"):
        run(SETTINGS, **REQUIRED, METRICS_TOKEN="guess")
