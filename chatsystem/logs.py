"""What log lines look like: one line a record, as JSON or readable; never what people wrote or sent.

Three things keep secrets out, whoever logs: of a record's extra values only those in `FIELDS` are shown (Django adds
whole requests), of an exception its kind and places and not its text, and of the lines of libraries that quote
requests what `REWORDED` says instead.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from pythonjsonlogger.json import JsonFormatter

from chatsystem import env
from chatsystem.requests import describe, request_id

FIELDS = ("person", "route", "method", "status", "duration_ms", "part")

# (logger, how its message begins, what is said instead): these quote hosts, paths, query strings and header lines.
REWORDED = (
    ("django.security", "", "a request was refused by a check of Django's"),
    ("gunicorn.error", "Invalid request", "a request was refused that is no HTTP"),
    ("gunicorn.error", "Error handling request", "a request failed outside of Django"),
)

# Of an exception with such a kind the text is shown too: it tells how to mend a start, and quotes no request.
ABOUT_THE_START = (ImproperlyConfigured, ImportError)


def configuration() -> dict[str, Any]:
    """Return Django's LOGGING and gunicorn's; LOG_FORMAT, LOG_LEVEL and LOG_FILE say how, how much and where to."""
    production = env.text("APP_ENV", "production").lower() == "production"
    style = env.choice("LOG_FORMAT", ("json", "text"), default="json" if production else "text")
    level = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")
    at_least_info = "INFO" if level == "DEBUG" else level
    formatter = "chatsystem.logs.JSONLine" if style == "json" else "chatsystem.logs.TextLine"
    handlers: dict[str, dict[str, Any]] = {"console": {"class": "logging.StreamHandler", "formatter": "line"}}
    if file := env.text("LOG_FILE", ""):
        handlers["file"] = {"class": "chatsystem.log_files.LogFile", "filename": file, "formatter": "line"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": level},
        "loggers": {
            # Django and gunicorn hang handlers of their own on these; one line a record is enough.
            "django": {"handlers": [], "propagate": True, "level": level},
            "gunicorn.error": {"handlers": [], "propagate": True, "level": at_least_info},  # DEBUG quotes bytes
            "django.db.backends": {"level": at_least_info},  # DEBUG quotes values
            # RequestLog tells of each answer; these would tell a second time, with paths and query strings.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"handlers": [], "propagate": True, "level": "CRITICAL"},
            "gunicorn.access": {"handlers": [], "propagate": False, "level": "CRITICAL"},
            # They tell of every connection; what matters of it reaches us as an error, and `outages` tells of it.
            "cassandra": {"level": "CRITICAL"},
            "redis": {"level": "CRITICAL"},
        },
    }


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a line shows of a record, in order."""
    own = record.__dict__
    fields = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",  # RFC 3339
        "level": record.levelname,
        "logger": record.name,
        "message": message_of(record),
    }
    if known := own.get("request_id") or request_id.get():
        fields["request_id"] = known
    for name in FIELDS:
        if (value := own.get(name)) is not None:
            fields[name] = value
    if record.exc_info and record.exc_info[1]:
        error = record.exc_info[1]
        fields["error"] = f"{error}: {describe(error)}" if isinstance(error, ABOUT_THE_START) else describe(error)
    return fields


def message_of(record: logging.LogRecord) -> str:
    """Return what a record says."""
    for logger, beginning, instead in REWORDED:
        if record.name.startswith(logger) and str(record.msg).startswith(beginning):
            return instead
    return record.getMessage()


class JSONLine(JsonFormatter):
    """A record as one JSON object."""

    # Escapes all but ASCII: nothing that any reader may take for a line's end stands in a value.
    encode = json.JSONEncoder(default=str).encode

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return self.serialize_log_record(self.process_log_record(fields_of(record)))

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """Return the object; by one encoder, where the library's own makes one a line."""
        return self.encode(log_data)


class TextLine(logging.Formatter):
    """A record as a line for people: time, level, logger, message, then names and values."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = fields_of(record)
        words = [fields.pop("time"), fields.pop("level"), fields.pop("logger"), fields.pop("message")]
        line = " ".join(words + [f"{name}={value}" for name, value in fields.items()])
        # As in JSON: line ends, control characters and what turns the direction of writing are escaped.
        return line if line.isprintable() else ascii(line)[1:-1]
