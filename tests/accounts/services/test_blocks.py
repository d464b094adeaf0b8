"""Who doesn't want to hear from whom."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Block, Session, User
from accounts.services import blocks
from accounts.services.blocks import BlockedPerson, block, list_blocks, unblock
from accounts.services.operators import suspend
from accounts.services.recipients import get_recipient
from accounts.services.recognition import recognise
from accounts.services.sessions import start_session
from chatsystem.errors import CannotBlockYourself, PersonNotFound, RecipientNotFound, TooManyBlocks
from tests.factories import new_name
from tests.operators import OPERATOR

pytestmark = pytest.mark.sql


def blocked_names(person):
    return [found.username for found in list_blocks(person=person)]


def test_blocks_are_listed_the_last_one_first_with_names_as_they_are_now(alice, bob, new_person):
    carol = new_person()
    before = timezone.now()
    for person in (bob, carol):
        block(person=alice, username=person.username.upper())
    bob.username = new_name()
    bob.save()
    found = list_blocks(person=alice)
    assert [one.username for one in found] == [carol.username, bob.username]
    assert before <= found[1].blocked_at <= found[0].blocked_at <= timezone.now()
    assert list_blocks(person=bob) == []


def test_a_list_of_blocks_costs_one_query_however_long_it_is(alice, new_person, django_assert_num_queries):
    for _ in range(5):
        block(person=alice, username=new_person().username)
    with django_assert_num_queries(1):
        assert len(list_blocks(person=alice)) == 5


def test_blocking_again_changes_nothing(alice, bob):
    block(person=alice, username=bob.username)
    first = Block.objects.values().get()
    block(person=alice, username=bob.username)
    assert Block.objects.values().get() == first


def test_blocking_again_reaches_a_redis_that_was_not_told_the_first_time(alice, bob):
    get_recipient(sender=alice, username=bob.username)
    Block.objects.create(person=bob, blocked=alice)  # by whoever dies between SQL and Redis
    assert get_recipient(sender=alice, username=bob.username).pk == bob.pk
    block(person=bob, username=alice.username)
    with pytest.raises(RecipientNotFound):
        get_recipient(sender=alice, username=bob.username)


def test_people_are_unblocked_once_and_for_all(alice, bob):
    block(person=alice, username=bob.username)
    for _ in range(2):
        unblock(person=alice, username=bob.username.upper())
        assert list_blocks(person=alice) == []
        assert get_recipient(sender=alice, username=bob.username).pk == bob.pk
        assert get_recipient(sender=bob, username=alice.username).pk == alice.pk


def test_unblocking_takes_away_ones_own_block_alone(alice, bob, new_person):
    carol = new_person()
    for person, other in ((alice, bob), (alice, carol), (bob, alice), (carol, bob)):
        block(person=person, username=other.username)
    unblock(person=alice, username=bob.username)
    assert [blocked_names(person) for person in (alice, bob, carol)] == [
        [carol.username],
        [alice.username],
        [bob.username],
    ]


@pytest.mark.parametrize("act", [block, unblock])
def test_an_unknown_name_is_refused_and_oneself_too(alice, act):
    for username in (new_name(), "", "a\0b", "\u200b"):
        with pytest.raises(PersonNotFound):
            act(person=alice, username=username)
    with pytest.raises(CannotBlockYourself):
        act(person=alice, username=alice.username.upper())
    assert not Block.objects.exists()
    assert get_recipient(sender=alice, username=alice.username).pk == alice.pk


def test_people_who_may_not_act_can_be_blocked_and_unblocked(alice, bob):
    suspend(person=bob, until=None, reason="spam", actor=OPERATOR)
    block(person=alice, username=bob.username)
    assert blocked_names(alice) == [bob.username]
    unblock(person=alice, username=bob.username)
    assert blocked_names(alice) == []


def test_blocks_go_with_either_person(alice, bob, new_person):
    carol = new_person()
    block(person=alice, username=bob.username)
    block(person=alice, username=carol.username)
    block(person=carol, username=alice.username)
    carol.delete()
    assert blocked_names(alice) == [bob.username]
    alice.delete()
    assert not Block.objects.exists()


def test_a_person_blocks_so_many_others_and_no_more(alice, bob, new_person, monkeypatch):
    monkeypatch.setattr(blocks, "MAX_BLOCKS", 2)
    others = [new_person() for _ in range(2)]
    for other in others:
        block(person=alice, username=other.username)
    with pytest.raises(TooManyBlocks) as refusal:
        block(person=alice, username=bob.username)
    assert [(error.code, error.limit) for error in refusal.value.errors] == [("too_many_blocks", 1_000)]
    assert set(blocked_names(alice)) == {other.username for other in others}
    assert get_recipient(sender=alice, username=bob.username).pk == bob.pk
    block(person=alice, username=others[0].username)  # stands already
    block(person=bob, username=alice.username)  # everyone counts by themselves
    unblock(person=alice, username=others[0].username)
    block(person=alice, username=bob.username)
    assert set(blocked_names(alice)) == {others[1].username, bob.username}


@pytest.mark.django_db(transaction=True)
def test_of_many_blocks_at_once_no_more_than_the_limit_are_stored_and_each_once(new_person, monkeypatch):
    monkeypatch.setattr(blocks, "MAX_BLOCKS", 3)
    person, others = new_person(), [new_person() for _ in range(4)]
    together = threading.Barrier(8)

    def attempt(other):
        together.wait()
        try:
            block(person=person, username=other.username)
            return other.username
        except TooManyBlocks:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        done = set(pool.map(attempt, others * 2)) - {None}
    assert len(done) == 3
    assert sorted(blocked_names(person)) == sorted(done)


def test_whoever_was_recognised_by_redis_blocks_like_others(alice, bob):
    session = start_session(person=alice, kind=Session.Kind.API, device="", address=None)
    for _ in range(2):
        person = recognise(person_id=alice.pk, session_id=session.pk, address=None, policy=None)
    get_recipient(sender=bob, username=alice.username)
    block(person=person, username=bob.username)
    with pytest.raises(RecipientNotFound):
        get_recipient(sender=bob, username=alice.username)


def test_since_when_somebody_is_blocked_is_kept(alice, bob):
    block(person=alice, username=bob.username)
    long_ago = timezone.now() - timedelta(days=400)
    Block.objects.update(created_at=long_ago)
    assert list_blocks(person=alice) == [BlockedPerson(bob.username, long_ago)]
    assert User.objects.filter(pk=bob.pk).exists()
