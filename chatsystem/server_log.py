"""gunicorn's own log, in the same lines as the service's."""

from logging.config import dictConfig
from typing import Any

from gunicorn.glogging import Logger

from chatsystem import logs


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Leaves out the access log: `RequestLog` writes ours, which knows routes and people and no query string."""

    def setup(self, cfg: Any) -> None:
        """Take our configuration instead of gunicorn's own options."""
        super().setup(cfg)
        dictConfig(logs.configuration())

    def _compute_access_log_enabled(self) -> bool:
        return False
