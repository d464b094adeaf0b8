"""What must not be on the network, and that gunicorn refuses to put it there."""

import os
import secrets
import subprocess
import sys

import httpx
import pytest

from chatsystem import checks
from tests.chatsystem.test_settings import ASSIGNED
from tests.server import ROOT, running_server

KEYS = {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "JWT_SECRET_KEY")}
SOUND = {
    **KEYS,
    "APP_ENV": "production",
    "ALLOWED_HOSTS": "chat.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://chat.example.org",
    "DATABASE_URL": "postgres://chat:pass@sql.example.org/chat",
    "CASSANDRA_NODES": "one,two,three",
    "CASSANDRA_REPLICATION_FACTOR": "3",
    "CASSANDRA_USERNAME": "chat",
    "CASSANDRA_PASSWORD": "pass",
    "REDIS_URL": "redis://:pass@redis.example.org:6379/1",
    "PUBLIC_URL": "https://chat.example.org",
    "EMAIL_URL": "smtp+tls://chat:pass@mail.example.org",
    "EMAIL_FROM": "Chat <chat@example.org>",
}
GUNICORN = ("-m", "gunicorn", "-c", "python:chatsystem.gunicorn", "chatsystem.wsgi")
REFUSED = ["E001", "E002", "E003", "E004", "E005", "W004"]
OPEN = ["W001", "W002", "W003", "W004", "W005", "W006", "W007"]


def run(*arguments, **environment):
    """Run Python in an environment of nothing else; return its status and what it printed."""
    kept = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "APP_PORT": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout


@pytest.fixture
def sound(settings, monkeypatch):
    """Settings as a sound deployment has them, for one fault to be put in."""
    settings.DEBUG = False
    settings.PASSWORD_MEMORY = 19_456
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example.org"]
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.CASSANDRA_REPLICATION_FACTOR = 3
    settings.PUBLIC_URL = "https://chat.example.org"
    settings.EMAIL_BACKEND = checks.SMTP
    settings.DEFAULT_FROM_EMAIL = "Chat <chat@example.org>"
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    monkeypatch.setitem(settings.DATABASES["cassandra"], "USER", "chat")
    monkeypatch.setitem(settings.DATABASES["cassandra"], "PASSWORD", "pass")
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", "redis://:pass@redis.example.org/1")
    return settings


def found():
    return [(problem.id, problem.is_serious()) for problem in checks.problems()]


def test_a_sound_deployment_has_no_issues():
    status, printed = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **SOUND)
    assert status == 0, printed
    assert printed.startswith("System check identified no issues (")


FAULTS = [
    ("chatsystem.E001", "DEBUG", True),
    ("chatsystem.E002", "ALLOWED_HOSTS", ["chat.example.org", "*"]),
    ("chatsystem.E003", "SESSION_COOKIE_SECURE", False),
    ("chatsystem.E003", "CSRF_COOKIE_SECURE", False),
    ("chatsystem.E004", "CSRF_TRUSTED_ORIGINS", ["https://chat.example.org", "http://chat.example.org"]),
    ("chatsystem.E005", "SIMPLE_JWT", "SECRET_KEY"),
    ("chatsystem.E006", "ADMIN_PATH", "api/"),
    ("chatsystem.E007", "PASSWORD_MEMORY", 19_455),
    ("chatsystem.E006", "ADMIN_PATH", "static/admin/"),
    ("chatsystem.E006", "ADMIN_PATH", "metrics/"),
    ("chatsystem.W002", "CASSANDRA_REPLICATION_FACTOR", 1),
    ("chatsystem.W005", "ALLOWED_HOSTS", ["localhost", "127.0.0.1"]),
    ("chatsystem.W006", "PUBLIC_URL", "http://chat.example.org"),
    ("chatsystem.W007", "EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend"),
    ("chatsystem.W008", "DEFAULT_FROM_EMAIL", "Chat <chat@localhost>"),
    ("chatsystem.W008", "DEFAULT_FROM_EMAIL", "chat@localhost"),
]


@pytest.mark.parametrize(("id_", "name", "value"), FAULTS)
def test_each_fault_is_found_and_is_the_only_one(sound, id_, name, value):
    assert found() == []
    setattr(sound, name, {"SIGNING_KEY": sound.SECRET_KEY} if value == "SECRET_KEY" else value)
    assert found() == [(id_, id_.startswith("chatsystem.E"))]


@pytest.mark.parametrize(
    ("id_", "kind", "alias", "name", "value"),
    [
        ("chatsystem.W001", "DATABASES", "default", "ENGINE", "django.db.backends.sqlite3"),
        ("chatsystem.W003", "DATABASES", "cassandra", "USER", ""),
        ("chatsystem.W003", "DATABASES", "cassandra", "PASSWORD", ""),
        ("chatsystem.W004", "CACHES", "default", "LOCATION", "redis://redis.example.org/1"),
    ],
)
def test_each_part_that_is_open_or_alone_is_a_warning(sound, monkeypatch, id_, kind, alias, name, value):
    monkeypatch.setitem(getattr(sound, kind)[alias], name, value)
    assert found() == [(id_, False)]


def test_hosts_of_one_domain_may_be_named_together(sound):
    sound.ALLOWED_HOSTS = [".example.org"]
    assert found() == []


def test_each_message_names_a_variable_of_the_example_and_each_has_a_mend(sound):
    sound.DEBUG = True
    sound.ALLOWED_HOSTS = ["*"]
    sound.SESSION_COOKIE_SECURE = False
    sound.CSRF_TRUSTED_ORIGINS = ["http://chat.example.org"]
    sound.SIMPLE_JWT = {"SIGNING_KEY": sound.SECRET_KEY}
    problems = checks.problems()
    assert len(problems) == 5
    for problem in problems:
        assert any(name in problem.hint for name in ASSIGNED), problem
        assert sound.SECRET_KEY not in checks.in_one_line(problem)


def test_gunicorn_refuses_an_unsafe_deployment_with_a_line_for_each_fault():
    unsafe = {"DEBUG": "yes", "ALLOWED_HOSTS": "*", "SECURE_COOKIES": "no", "CSRF_TRUSTED_ORIGINS": "http://a.example"}
    status, printed = run(*GUNICORN, **{**SOUND, **unsafe, "JWT_SECRET_KEY": KEYS["SECRET_KEY"], "REDIS_URL": ""})
    lines = [line for line in printed.splitlines() if "Starting gunicorn" not in line]
    assert status == 1
    assert [line[line.rindex("(") :] for line in lines] == [f"(chatsystem.{id_})" for id_ in REFUSED], printed
    assert [line.partition(":")[0] for line in lines] == ["Refused to start"] * 5 + ["Warning"]


@pytest.mark.parametrize(
    ("key", "why"),
    [("", "is not set. "), ("short", "must have 32 characters at least. "), ("change-me-" * 5, "can be guessed. ")],
)
def test_gunicorn_refuses_a_weak_key_in_one_line_that_does_not_repeat_it(key, why):
    status, printed = run(*GUNICORN, **{**SOUND, "JWT_SECRET_KEY": key})
    (line,) = [line for line in printed.splitlines() if "Starting gunicorn" not in line]
    assert status == 1
    assert line.startswith(f"Refused to start: JWT_SECRET_KEY {why}")
    assert not key or key not in printed


def test_a_warning_does_not_keep_a_server_from_starting(tmp_path):
    """The tests' own parts: one node, no passwords, a file for SQL."""
    with running_server(tmp_path, APP_ENV="production", ALLOWED_HOSTS="127.0.0.1") as server:
        assert httpx.get(f"{server.url}/api/v1/health/ready").json()["status"] == "ready"
        printed = server.log.read_text()
    assert "Refused" not in printed
    assert [line[-5:-1] for line in printed.splitlines() if "(chatsystem." in line] == OPEN


def test_settings_that_cannot_be_read_end_a_command_with_one_line():
    status, printed = run("manage.py", "check", **{**SOUND, "SECRET_KEY": ""})
    assert (status, printed.splitlines()) == (2, [printed.strip()])
    assert printed.startswith("Error: SECRET_KEY is not set. ")


def test_browsers_are_held_to_https_where_the_proxy_says_that_they_came_by_it(tmp_path):
    with running_server(tmp_path, FORWARDED_ALLOW_IPS="127.0.0.1") as server:
        forwarded = {"X-Forwarded-Proto": "https"}
        secure = httpx.get(f"{server.url}/api/v1/health", headers=forwarded).headers
        assert secure["Strict-Transport-Security"] == "max-age=3600"
        assert "Strict-Transport-Security" not in httpx.get(f"{server.url}/api/v1/health").headers
    with running_server(tmp_path, FORWARDED_ALLOW_IPS="192.0.2.1", HSTS_SECONDS="60") as server:
        assert "Strict-Transport-Security" not in httpx.get(f"{server.url}/api/v1/health", headers=forwarded).headers
