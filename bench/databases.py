"""Several SQL databases in one process, one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager

import environ
from django.db import connections


@contextmanager
def using(url: str) -> Iterator[None]:
    """Have `django.db.connection` be one to `url` in the block, in new threads too."""
    settings, before = connections.settings["default"], connections["default"]
    there = environ.Env.db_url_config(url)
    # Those of the other kind of database it would not know.
    options = settings["OPTIONS"] if there["ENGINE"] == settings["ENGINE"] else {}
    connections.settings["default"] = {**settings, **there, "OPTIONS": options}
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"], connections.settings["default"] = before, settings
