"""The service with a clock that is wrong by `CLOCK_SHIFT` seconds: `gunicorn tests.prove.shifted`.

Each worker imports this after the fork; what measures durations goes on as it did.
"""

import os
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(seconds=float(os.environ["CLOCK_SHIFT"])), tick=True).start()

from chatsystem.wsgi import application  # noqa: E402  (with the wrong clock from its first line on)

__all__ = ["application"]
