"""Rate limits that operators change while the service runs."""

import pytest

from accounts.models import Switches
from accounts.services import switches
from accounts.services.limits import list_limits
from accounts.services.quotas import get_quota, list_quotas, reset_quota, set_quota
from chatsystem.errors import InvalidPayload
from chatsystem.rate_limits import policies
from chatsystem.rate_limits.quotas import bounds, rate_of
from tests.chatsystem.rate_limits.making import ALL, claim, is_taken
from tests.operators import OPERATOR, entries, told

pytestmark = [pytest.mark.django_db, pytest.mark.sql]
GIVEN = {"actor": OPERATOR, "reason": "A test."}


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**ALL, "send": (20, 60)}


def test_a_changed_limit_holds_at_once_here_and_for_what_was_counted_before():
    one = claim(policies.SEND)
    assert [is_taken(one) for _ in range(4)] == [True] * 4
    assert set_quota(policy="send", quota=5, **GIVEN)
    assert [is_taken(one) for _ in range(2)] == [True, False]
    assert set_quota(policy="send", quota=6, **GIVEN)
    assert [is_taken(one) for _ in range(2)] == [True, False]
    assert reset_quota(policy="send", **GIVEN)
    assert rate_of(policies.SEND) == (20, 60)


def test_people_are_told_the_limit_that_holds(alice):
    set_quota(policy="send", quota=5, **GIVEN)
    standing = {one.policy.name: one for one in list_limits(person=alice)}["send"]
    assert (standing.quota, standing.remaining, standing.window) == (5, 5, 60)


def test_people_are_told_of_no_limit_where_none_holds(alice, settings):
    settings.RATE_LIMITS_ENABLED = False
    assert list_limits(person=alice) == []


def test_another_process_knows_it_after_what_it_read_is_old():
    Switches.objects.create(pk=switches.THE_ROW, quotas={"send": 7})
    assert rate_of(policies.SEND) == (20, 60)
    switches.forget()
    assert rate_of(policies.SEND) == (7, 60)


@pytest.mark.parametrize(("quota", "limit"), [(1, 2), (0, 2), (-5, 2), (201, 200), (10**9, 200)])
def test_a_limit_out_of_its_bounds_is_refused_with_the_bound_and_nothing_changes(quota, limit):
    before = entries()
    with pytest.raises(InvalidPayload, match=r"from 2 to 200; 20 is configured") as refused:
        set_quota(policy="send", quota=quota, **GIVEN)
    (error,) = refused.value.errors
    assert (error.field, error.code, error.limit) == ("quota", "out_of_range", limit)
    assert (entries(), Switches.objects.exists()) == (before, False)


@pytest.mark.parametrize("quota", [2, 200])
def test_the_bounds_themselves_are_taken(quota):
    assert set_quota(policy="send", quota=quota, **GIVEN)
    assert rate_of(policies.SEND) == (quota, 60)


def test_bounds_never_close_a_policy():
    assert [bounds(configured) for configured in (1, 3, 10, 11)] == [(1, 10), (1, 30), (1, 100), (2, 110)]


def test_what_was_changed_stays_within_bounds_when_the_configuration_moves(settings):
    set_quota(policy="send", quota=200, **GIVEN)
    settings.RATE_LIMITS = {**ALL, "send": (3, 60)}
    assert rate_of(policies.SEND) == (30, 60)
    assert get_quota(policy="send").quota == 30


def test_a_name_that_no_policy_has_is_refused():
    for act in (
        lambda: set_quota(policy="nope", quota=5, **GIVEN),
        lambda: reset_quota(policy="nope", **GIVEN),
        lambda: get_quota(policy="nope"),
    ):
        with pytest.raises(InvalidPayload, match="There is no limit of this name; there are login, "):
            act()


def test_it_is_recorded_with_before_and_after():
    set_quota(policy="send", quota=30, **GIVEN)
    set_quota(policy="send", quota=40, **GIVEN)
    assert told() == {
        "actor": "olga",
        "action": "service.quota_set",
        "target": "",
        "before": {"quota": 30},
        "after": {"quota": 40, "configured": 20},
        "reason": "A test.",
    }
    before = entries()
    assert not set_quota(policy="send", quota=40, **GIVEN)
    assert not reset_quota(policy="read", **GIVEN)
    assert entries() == before
    reset_quota(policy="send", **GIVEN)
    assert (told()["before"], told()["after"]) == ({"quota": 40}, {"quota": 20, "configured": 20})


def test_the_table_has_all_policies_as_they_are():
    set_quota(policy="send", quota=30, **GIVEN)
    found = {one.policy.name: one for one in list_quotas()}
    assert list(found) == list(ALL)
    send, read = found["send"], found["read"]
    assert (send.configured, send.quota, send.least, send.most, send.is_changed) == (20, 30, 2, 200, True)
    assert (read.configured, read.quota, read.is_changed) == (600, 600, False)
