"""The table of policies, and how each is set."""

import pytest

from chatsystem import env
from chatsystem.rate_limits import policies
from tests.server import manage


def test_names_and_variables_are_each_their_own():
    assert len({policy.name for policy in policies.POLICIES}) == len(policies.POLICIES)
    assert policies.RESET_ADDRESS.variable == "RATE_LIMIT_RESET_ADDRESS"
    # As a structured field's string wants them (RFC 9651, 3.3.3).
    assert all(policy.name.replace("-", "").isalpha() and policy.name.isascii() for policy in policies.POLICIES)


def test_the_table_holds_every_policy():
    declared = {value for value in vars(policies).values() if isinstance(value, policies.Policy)}
    assert declared == set(policies.POLICIES)


def test_what_is_counted_by_account_is_told_to_its_person():
    assert {policy.name for policy in policies.BY_ACCOUNT} >= {"send", "read", "change"}
    assert all(policy.told for policy in policies.BY_ACCOUNT)


@pytest.mark.parametrize("policy", policies.POLICIES, ids=lambda policy: policy.name)
def test_each_can_be_set_by_its_variable(policy, monkeypatch):
    monkeypatch.setenv(policy.variable, " 7/77 ")
    assert env.rate(policy.variable, default=(policy.quota, policy.window)) == (7, 77)
    monkeypatch.setenv(policy.variable, "")
    assert env.rate(policy.variable, default=(policy.quota, policy.window)) == (policy.quota, policy.window)


def test_settings_take_every_policy_from_the_environment():
    variables = {policy.variable: f"{number + 1}/60" for number, policy in enumerate(policies.POLICIES)}
    printed = manage(
        variables, "shell", "--no-imports", "-c", "from django.conf import settings as s; print(s.RATE_LIMITS)"
    )
    expected = {policy.name: (number + 1, 60) for number, policy in enumerate(policies.POLICIES)}
    assert str(expected) in printed
