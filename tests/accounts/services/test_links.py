"""Links that are good for once."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Link
from accounts.services.links import end_links, get_link, make_link, use_link
from chatsystem.errors import LinkInvalid

pytestmark = pytest.mark.sql

RESET, CONFIRM = Link.Purpose.RESET_PASSWORD, Link.Purpose.CONFIRM_EMAIL


def token_of(address):
    return address.rpartition("/")[2]


def is_good(token, purpose=RESET):
    try:
        get_link(token=token, purpose=purpose)
    except LinkInvalid:
        return False
    return True


@pytest.mark.parametrize(("purpose", "path"), [(RESET, "password/reset"), (CONFIRM, "email/confirm")])
def test_a_link_begins_with_the_public_url_and_its_secret_is_kept_as_a_hash(alice, settings, purpose, path):
    settings.PUBLIC_URL = "https://chat.example.org"
    link = make_link(person=alice, purpose=purpose)
    token = re.fullmatch(rf"https://chat\.example\.org/{path}/([A-Za-z0-9_-]{{43}})", link)[1]
    (stored,) = Link.objects.values()
    assert token not in str(stored)
    assert re.fullmatch("[0-9a-f]{64}", stored["digest"])
    assert get_link(token=token, purpose=purpose).person == alice


def test_no_two_links_are_alike(alice):
    assert len({make_link(person=alice, purpose=RESET) for _ in range(5)}) == 5


@pytest.mark.parametrize(("purpose", "lifetime"), [(RESET, timedelta(hours=1)), (CONFIRM, timedelta(hours=24))])
def test_a_link_is_good_for_its_time_and_no_longer(alice, time_machine, purpose, lifetime):
    time_machine.move_to(timezone.now(), tick=False)
    token = token_of(make_link(person=alice, purpose=purpose))
    time_machine.shift(lifetime - timedelta(seconds=1))
    assert is_good(token, purpose)
    time_machine.shift(1)
    assert not is_good(token, purpose)


def test_a_link_that_expires_between_looking_and_using_is_worth_nothing(alice, time_machine):
    link = get_link(token=token_of(make_link(person=alice, purpose=RESET)), purpose=RESET)
    time_machine.move_to(timezone.now() + timedelta(hours=1))
    with pytest.raises(LinkInvalid):
        use_link(link)
    link.refresh_from_db()
    assert link.used_at is None


def test_a_link_is_good_for_once(alice):
    token = token_of(make_link(person=alice, purpose=RESET))
    link = get_link(token=token, purpose=RESET)
    assert use_link(link) == alice
    with pytest.raises(LinkInvalid):
        use_link(link)
    assert not is_good(token)


def test_a_link_is_good_for_its_purpose_alone(alice):
    token = token_of(make_link(person=alice, purpose=RESET))
    assert not is_good(token, CONFIRM)
    assert is_good(token, RESET)


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\0", "é", "x" * 60_000])
def test_an_unknown_link_is_worth_nothing(alice, token):
    make_link(person=alice, purpose=RESET)
    assert not is_good(token)


@pytest.mark.parametrize("change", [{"is_active": False}, {"suspended_at": timezone.now()}], ids=" ".join)
def test_the_link_of_a_person_who_may_not_act_is_worth_nothing(alice, change):
    token = token_of(make_link(person=alice, purpose=RESET))
    for field, value in change.items():
        setattr(alice, field, value)
    alice.save()
    assert not is_good(token)


def test_all_links_of_one_kind_and_person_are_ended_and_no_others(alice, bob):
    first, second = (token_of(make_link(person=alice, purpose=RESET)) for _ in range(2))
    other = token_of(make_link(person=alice, purpose=CONFIRM))
    bobs = token_of(make_link(person=bob, purpose=RESET))
    end_links(person=alice, purpose=RESET)
    assert [is_good(token) for token in (first, second, bobs)] == [False, False, True]
    assert is_good(other, CONFIRM)


def test_links_that_have_expired_go_with_the_next_one(alice, bob, time_machine):
    for person in (alice, bob):
        make_link(person=person, purpose=RESET)
    time_machine.move_to(timezone.now() + timedelta(hours=2))
    make_link(person=alice, purpose=RESET)
    assert (alice.links.count(), bob.links.count()) == (1, 1)
