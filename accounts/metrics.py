"""What is counted of accounts."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from prometheus_client import Counter

from chatsystem.metrics import outcomes

LOGINS = outcomes("chat_logins_total", "Log-ins by the API that got as far as the account.")
PAGE_LOGINS = outcomes("chat_page_logins_total", "Log-ins by a page, as the admin's.")
REFRESHES = outcomes("chat_refreshes_total", "Refresh tokens that were to be traded.")
REGISTRATIONS = outcomes("chat_registrations_total", "Registrations whose body had the right shape.")
MAILS = Counter("chat_mails_total", "E-mails that were to be sent.", ["result"])
for _result in ("sent", "failed", "dropped"):
    MAILS.labels(_result)


def listen() -> None:
    """Count what Django tells of log-ins by pages; call once a process."""
    user_logged_in.connect(_logged_in)
    user_login_failed.connect(_login_failed)


def _logged_in(**_: Any) -> None:
    PAGE_LOGINS.labels("ok").inc()


def _login_failed(*, request: Any = None, **_: Any) -> None:
    if request is not None:  # the API's log-ins have none, and are counted by their service
        PAGE_LOGINS.labels("refused").inc()
