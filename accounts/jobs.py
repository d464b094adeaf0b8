"""What the worker does of accounts."""

from accounts.services.housekeeping import forget_browsers, forget_links, forget_refresh_tokens, forget_sessions
from chatsystem.jobs.registry import handles
from chatsystem.jobs.run import Run

STEPS = (forget_sessions, forget_links, forget_refresh_tokens, forget_browsers)


@handles("accounts.forget", label="Forget old log-ins and links", daily=True)
def forget(run: Run) -> None:
    """Delete what is kept no longer, a bounded number of rows after the other."""
    for step in STEPS:
        while forgotten := step():
            run.save(cursor=None, done=run.done + forgotten)
