"""The service as it is deployed: production's settings, with static files that were collected."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server import Server, manage, running_server


@contextmanager
def deployed_server(directory: Path) -> Iterator[Server]:
    """Collect the static files into `directory`, serve for the time of the block."""
    environment = {
        "APP_ENV": "production",
        "STATIC_ROOT": str(directory / "static"),
        "EMAIL_URL": f"filemail:///{directory}/mail",
        # Chromium takes this machine for as safe as HTTPS, so that cookies can be what they are in production.
        "SECURE_COOKIES": "yes",
    }
    manage(environment, "collectstatic", "--noinput")
    with running_server(directory, **environment) as server:
        yield server
