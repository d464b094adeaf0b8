"""Which quota a policy has now: as it's configured, or as an operator has changed it since, within bounds."""

from collections.abc import Callable, Mapping

from django.conf import settings

from chatsystem.limits import QUOTA_SPREAD
from chatsystem.rate_limits.policies import Policy

Changed = Callable[[], Mapping[str, int]]

_changed: Changed = dict


def read_changed_from(source: Changed) -> None:
    """Have `source` say what operators have changed, by the policies' names; each request asks it, so it's quick."""
    global _changed  # it belongs to a layer above
    _changed = source


def rate_of(policy: Policy) -> tuple[int, int]:
    """Return quota and window in seconds, as they are now."""
    configured, window = settings.RATE_LIMITS[policy.name]
    changed = _changed().get(policy.name)
    if changed is None:
        return configured, window
    least, most = bounds(configured)
    return min(max(changed, least), most), window  # the configuration may have moved since


def bounds(configured: int) -> tuple[int, int]:
    """Return the least and the most that a configured quota can be changed to."""
    return -(-configured // QUOTA_SPREAD), configured * QUOTA_SPREAD
