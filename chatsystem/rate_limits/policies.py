"""The table of rate limits. Each can be set by the environment: `RATE_LIMIT_SEND=120/60` is 120 in 60 seconds.

A window begins with its first request. What is counted by account follows the person through every address, so an
office behind one address shares nothing but what nobody has an account for yet.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """`quota` requests in `window` seconds, counted by `by`; `what` completes "Too many ...".

    One that isn't `told` stands in no header.
    """

    name: str
    quota: int
    window: int
    by: str
    what: str
    told: bool = True

    @property
    def variable(self) -> str:
        """The environment's name for it."""
        return f"RATE_LIMIT_{self.name.upper().replace('-', '_')}"


# Guessing one person's password from one place. A log-in that succeeds is given back.
LOGIN = Policy("login", 10, 900, "name and address", "tries to log in with this name")
# The same from many places. Not counted where the person has been before, so that nobody can lock them out of home; and
# not told, or its absence would say who has been at the place that asks.
LOGIN_NAME = Policy("login-name", 50, 3_600, "name", "tries to log in with this name", told=False)
# Guessing many people's passwords from one place.
LOGIN_ADDRESS = Policy("login-address", 100, 900, "address", "tries to log in from this address")
REGISTER = Policy("register", 30, 3_600, "address", "new accounts from this address")
RESET = Policy("reset", 3, 3_600, "e-mail address", "messages to this e-mail address")
RESET_ADDRESS = Policy("reset-address", 30, 3_600, "address", "forgotten passwords from this address")
# Links that confirm an address. Apart from RESET: they must not use up what its owner may need.
CONFIRM = Policy("confirm", 5, 3_600, "e-mail address", "messages to this e-mail address")
SEND = Policy("send", 120, 60, "account", "messages sent")
READ = Policy("read", 600, 60, "account", "requests")
CHANGE = Policy("change", 60, 600, "account", "changes of settings")
REPORT = Policy("report", 20, 3_600, "account", "reports")

POLICIES = (LOGIN, LOGIN_NAME, LOGIN_ADDRESS, REGISTER, RESET, RESET_ADDRESS, CONFIRM, SEND, READ, CHANGE, REPORT)
BY_ACCOUNT = tuple(policy for policy in POLICIES if policy.by == "account")
