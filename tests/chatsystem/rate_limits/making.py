"""Limits for tests: switched on, small, and counted for subjects that no other test has."""

import secrets

from chatsystem.errors import RateLimited
from chatsystem.rate_limits import counters, policies
from chatsystem.rate_limits.counters import Claim

ALL = {policy.name: (policy.quota, policy.window) for policy in policies.POLICIES}


def claim(policy=policies.SEND, subject=None, detail=""):
    return Claim(policy, subject or f"test:{secrets.token_hex(8)}", detail)


def is_taken(*claims):
    """Count one request; return whether it was let through."""
    try:
        counters.take(*claims)
    except RateLimited:
        return False
    return True


def left(*claims):
    return [standing.remaining for standing in counters.look_at(claims)]
