"""Whether this deployment may start: `python -m chatsystem.start`, which gunicorn asks before it has any worker.

A process of its own, so that gunicorn's master stays without Django and without the driver.
"""

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured


def main() -> int:
    """Print what is wrong, a line each, and return the status: 1 where it must not start."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsystem.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.stderr.write(f"Refused to start: {error}\n")
        return 1
    from chatsystem import checks

    errors, warnings = checks.split(checks.problems())
    for line in errors:
        sys.stderr.write(f"Refused to start: {line}\n")
    for line in warnings:
        sys.stderr.write(f"Warning: {line}\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
