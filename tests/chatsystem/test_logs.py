"""What log lines look like, and what never stands in them."""

import json
import logging
import re

import httpx
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from chatsystem import env, logs
from chatsystem.requests import request_id
from tests.server import running_server

MARK = "s3cr3t"  # stands in everything that must not be logged
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
NASTY = f"a{LINE_ENDS}\x00\x1b[31m\x7f\u202eb"
FORMATTERS = [logs.JSONLine(), logs.TextLine()]


def record(message, *arguments, level=logging.INFO, name="chatsystem.test", error=None, **extra):
    made = logging.makeLogRecord({"msg": message, "args": arguments, "levelno": level, "name": name, **extra})
    made.levelname = logging.getLevelName(level)
    made.exc_info = (type(error), error, error.__traceback__) if error else None
    return made


def as_json(*arguments, **options):
    return json.loads(logs.JSONLine().format(record(*arguments, **options)))


def as_text(*arguments, **options):
    return logs.TextLine().format(record(*arguments, **options))


ANSWERED = {"route": "messages", "method": "GET", "status": 200, "duration_ms": 1.5, "person": "p", "request_id": "r"}


def test_a_line_is_one_json_object_with_names_in_order():
    line = as_json("%s is away", "redis", level=logging.WARNING, part="redis", **ANSWERED)
    assert TIME.fullmatch(line["time"])
    expected = {"level": "WARNING", "logger": "chatsystem.test", "message": "redis is away", "part": "redis"}
    assert line == {"time": line["time"], **expected, **ANSWERED}
    assert list(line)[:5] == ["time", "level", "logger", "message", "request_id"]


def test_a_line_for_people_has_the_same():
    line = as_text("answered", **ANSWERED)
    time, rest = line.split(" ", 1)
    assert TIME.fullmatch(time)
    assert rest == (
        "INFO chatsystem.test answered request_id=r person=p route=messages method=GET status=200 duration_ms=1.5"
    )


def test_a_line_during_a_request_has_its_id():
    token = request_id.set("given")
    try:
        assert as_json("said")["request_id"] == "given"
    finally:
        request_id.reset(token)
    assert "request_id" not in as_json("said")


@pytest.mark.parametrize("formatter", FORMATTERS, ids=["json", "text"])
def test_no_value_makes_a_second_line_or_moves_the_cursor(formatter):
    extra = dict.fromkeys((*logs.FIELDS, "request_id"), NASTY)
    for made in (record("%s", NASTY, **extra), record(NASTY), record("said", name=NASTY), record({"a": NASTY})):
        line = formatter.format(made)
        assert len(line.splitlines()) == 1
        assert line.isprintable()


@pytest.mark.parametrize("formatter", FORMATTERS, ids=["json", "text"])
def test_other_values_of_a_record_are_not_shown(formatter):
    assert MARK not in formatter.format(record("said", request=MARK, headers={"a": MARK}, stack_info=MARK))


@pytest.mark.parametrize("formatter", FORMATTERS, ids=["json", "text"])
def test_of_an_exception_the_kind_and_the_places_are_shown(formatter):
    try:
        try:
            raise KeyError(MARK)
        except KeyError as cause:
            raise RuntimeError(MARK) from cause
    except RuntimeError as caught:
        line = formatter.format(record("failed", error=caught))
    assert MARK not in line
    assert re.search(rf"RuntimeError at .*{re.escape('test_logs.py')}:\d+ test_of_an_exception", line)


def test_of_an_exception_that_tells_how_to_mend_a_start_the_text_is_shown():
    assert as_json("failed", error=ImproperlyConfigured("X must be y."))["error"].startswith("X must be y.: Improper")


QUOTING = [
    ("django.security.DisallowedHost", "Invalid HTTP_HOST header: %r.", MARK),
    ("django.security.csrf", "Forbidden (%s): %s", "why", f"/{MARK}"),
    ("gunicorn.error", f"Invalid request from ip=127.0.0.1: Invalid HTTP request line: {MARK}"),
    ("gunicorn.error", "Error handling request %s", f"/?q={MARK}"),
]


@pytest.mark.parametrize("formatter", FORMATTERS, ids=["json", "text"])
@pytest.mark.parametrize("said", QUOTING, ids=[said[1][:12] for said in QUOTING])
def test_lines_of_libraries_that_quote_requests_are_reworded(formatter, said):
    name, *message = said
    line = formatter.format(record(*message, name=name))
    assert MARK not in line
    assert " a request " in f" {line}".replace('"', " ")


@pytest.mark.parametrize(
    ("environment", "formatter"),
    [
        ({"APP_ENV": "production"}, "JSONLine"),
        ({"APP_ENV": "development"}, "TextLine"),
        ({"APP_ENV": "production", "LOG_FORMAT": "text"}, "TextLine"),
        ({"APP_ENV": "development", "LOG_FORMAT": "JSON"}, "JSONLine"),
    ],
    ids=["production", "development", "text", "json"],
)
def test_production_logs_for_programs_and_development_for_people(environment, formatter, monkeypatch):
    monkeypatch.setattr(env, "_environment", env.environ.FileAwareEnv())
    for name, value in {"LOG_FORMAT": "", **environment}.items():
        monkeypatch.setenv(name, value)
    assert logs.configuration()["formatters"]["line"]["()"] == f"chatsystem.logs.{formatter}"


def test_an_unknown_format_is_refused(monkeypatch):
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT must be one of json, text"):
        logs.configuration()


def test_the_real_server_logs_for_people_too(tmp_path):
    with running_server(tmp_path, LOG_FORMAT="text", WEB_CONCURRENCY="1") as server:
        httpx.get(f"{server.url}/api/v1/health", headers={"X-Request-ID": "given"})
    lines = server.log.read_text().splitlines()
    assert all(
        re.match(rf"{TIME.pattern} (INFO|WARNING) (gunicorn\.error|chatsystem\.(requests|outages)) ", line)
        for line in lines
    )
    assert sum("request_id=given route=health method=GET status=200" in line for line in lines) == 1


def test_django_has_the_same_configuration_as_gunicorn():
    assert logs.configuration() == settings.LOGGING
