"""The image's health check: ends with 0 where this container's gunicorn answers.

Liveness alone. A part that is away must not have Docker restart the service, which then answers 503 and comes back by
itself.
"""

import http.client
import os
import sys

PATH = "/api/v1/health"
TIMEOUT = 3  # seconds; Docker itself gives 4


def main() -> int:
    """Ask, and return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("APP_PORT") or 8000), timeout=TIMEOUT)
    try:
        connection.request("GET", PATH)
        return int(connection.getresponse().status != http.HTTPStatus.OK)
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
