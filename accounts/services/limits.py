"""How often people may still do what."""

from django.conf import settings

from accounts.models import User
from accounts.services.recognition import account
from chatsystem.rate_limits import counters
from chatsystem.rate_limits.counters import Claim, Standing
from chatsystem.rate_limits.policies import BY_ACCOUNT


def list_limits(*, person: User) -> list[Standing]:
    """Return what is left to `person` of each policy that is counted by account, and count nothing."""
    if not settings.RATE_LIMITS_ENABLED:
        return []
    return counters.look_at([Claim(policy, account(person.pk)) for policy in BY_ACCOUNT])
