"""`python -m bench`: measures the service and its floor in one run, and prints a table in Markdown and JSON.

Everything is compared within the run: on a shared machine only the ratios mean something. It talks to parts and
servers of its own on loopback, for a few minutes at most, and leaves nothing behind.
"""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.load import check_wrk
from bench.report import Report
from embedded.temporary import TemporaryParts, temporary_parts

OUTPUT = Path(".local/bench")


def main() -> None:
    """Measure everything."""
    check_wrk()
    with temporary_parts() as parts:
        parts.wait_ready()
        os.environ.update(environment(parts))
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("migrate_cassandra", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        from bench import cases  # after the settings

        report = Report()
        cases.measure(report, parts.directory)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "figures.json").write_text(json.dumps(report.as_data(), indent=1))
    (OUTPUT / "figures.md").write_text(report.as_markdown())
    sys.stdout.write(report.as_markdown())
    sys.stdout.write(f"\nAlso in {OUTPUT}/figures.md and {OUTPUT}/figures.json\n")


def environment(parts: TemporaryParts) -> Mapping[str, str]:
    """Return the settings of everything in this run."""
    return {
        **parts.environment,
        "APP_ENV": "production",
        # A worker that is replaced half-way would take its CPU time along.
        "GUNICORN_CMD_ARGS": "--max-requests 0",
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "chatsystem.settings",
        "DATABASE_URL": f"sqlite:///{parts.directory}/db.sqlite3",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SECRET_KEY": secrets.token_urlsafe(48),
        "WEB_CONCURRENCY": "2",
        "STATIC_ROOT": str(parts.directory / "static"),
        "BENCH_BYTES": str(parts.directory / "page.json"),
    }


if __name__ == "__main__":
    main()
