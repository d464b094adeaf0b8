"""Rate limits that operators change while the service runs, within bounds around what is configured."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from accounts.services import switches
from chatsystem.audit.actions import Action
from chatsystem.audit.reasons import clean_reason
from chatsystem.audit.recording import record
from chatsystem.audit.types import Actor, Target
from chatsystem.errors import InvalidPayload
from chatsystem.rate_limits.policies import POLICIES, Policy
from chatsystem.rate_limits.quotas import bounds

BY_NAME = {policy.name: policy for policy in POLICIES}


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests a policy lets through in its window of seconds: as configured, and as it is."""

    policy: Policy
    window: int
    configured: int
    quota: int
    is_changed: bool

    @property
    def least(self) -> int:
        """The least that it can be changed to."""
        return bounds(self.configured)[0]

    @property
    def most(self) -> int:
        """The most that it can be changed to."""
        return bounds(self.configured)[1]


def list_quotas() -> list[Quota]:
    """Return all policies as they are in the table, with what operators have made of them."""
    changed = switches.read().quotas
    return [_quota_of(policy, changed.get(policy.name)) for policy in POLICIES]


def get_quota(*, policy: str) -> Quota:
    """Return one. Raises `InvalidPayload` for a name that no policy has."""
    return _quota_of(_get_policy(policy), switches.read().quotas.get(policy))


def set_quota(*, policy: str, quota: int, actor: Actor, reason: str = "") -> bool:
    """Have a policy let `quota` requests through, in all processes within `switches.FRESH` seconds.

    What is counted stays counted. Return whether that was otherwise; where it wasn't, nothing is recorded. Raises
    `InvalidPayload` for a name that no policy has, and a quota out of its bounds.
    """
    configured, _ = settings.RATE_LIMITS[_get_policy(policy).name]
    least, most = bounds(configured)
    if not least <= quota <= most:
        limit = most if quota > most else least
        message = f"This limit can be from {least:,} to {most:,}; {configured:,} is configured."
        raise InvalidPayload.of("quota", "out_of_range", message, limit)
    return _change(policy, quota, actor=actor, reason=reason)


def reset_quota(*, policy: str, actor: Actor, reason: str = "") -> bool:
    """Have a policy be as configured again. Return whether it was otherwise. Raises `InvalidPayload` for the name."""
    _get_policy(policy)
    return _change(policy, None, actor=actor, reason=reason)


def _change(policy: str, quota: int | None, *, actor: Actor, reason: str) -> bool:
    reason = clean_reason(reason, required=False)
    configured, _ = settings.RATE_LIMITS[policy]
    with transaction.atomic():
        row = switches.locked()
        before = row.quotas.get(policy)
        if before == quota:
            return False
        others = {name: value for name, value in row.quotas.items() if name != policy}
        row.quotas = others if quota is None else {**others, policy: quota}
        switches.store(row, ["quotas"])
        record(
            actor=actor,
            action=Action.QUOTA_SET,
            target=Target("rate_limit", policy),
            before={"quota": configured if before is None else before},
            after={"quota": configured if quota is None else quota, "configured": configured},
            reason=reason,
        )
    return True


def _quota_of(policy: Policy, changed: int | None) -> Quota:
    configured, window = settings.RATE_LIMITS[policy.name]
    least, most = bounds(configured)
    quota = configured if changed is None else min(max(changed, least), most)
    return Quota(policy, window, configured, quota, is_changed=changed is not None)


def _get_policy(name: str) -> Policy:
    if name not in BY_NAME:
        message = f"There is no limit of this name; there are {', '.join(BY_NAME)}."
        raise InvalidPayload.of("policy", "invalid_choice", message)
    return BY_NAME[name]
