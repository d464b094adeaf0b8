"""Who gets messages from whom."""

import pytest
from django.utils import timezone
from django_redis import get_redis_connection

from accounts.models import Block, User
from accounts.services import recipients
from accounts.services.blocks import block
from accounts.services.operators import suspend, unsuspend
from accounts.services.recipients import Recipient, find_person_id, get_recipient
from chatsystem.errors import RecipientBlocked, RecipientNotFound
from tests.factories import PASSWORD, new_name
from tests.operators import OPERATOR


def key(person):
    return f"recipient:{person.username_key}"


def takes(sender, username):
    """Whether the account of that name takes messages from `sender`, as a send finds out."""
    try:
        return get_recipient(sender=sender, username=username)
    except RecipientNotFound as refusal:
        return str(refusal)


UNKNOWN = "recipient does not exist"


@pytest.mark.sql
def test_a_recipient_is_found_in_any_case_and_named_as_registered(alice, new_person):
    person = new_person("Straße Zürich")
    for _ in range(2):  # from SQL, then from Redis
        for written in ("Straße Zürich", "STRASSE ZÜRICH", "strasse zu\u0308rich"):
            assert get_recipient(sender=alice, username=written) == Recipient(person.pk, "Straße Zürich")


def test_people_may_write_to_themselves(alice):
    for _ in range(2):
        assert get_recipient(sender=alice, username=alice.username) == Recipient(alice.pk, alice.username)


def test_a_recipient_who_is_known_costs_no_sql_and_one_request_to_redis(
    alice, bob, redis_requests, django_assert_num_queries
):
    get_recipient(sender=alice, username=bob.username)
    redis_requests.clear()
    with django_assert_num_queries(0):
        get_recipient(sender=alice, username=bob.username)
    assert redis_requests == ["HMGET"]


def test_what_is_known_of_one_sender_says_nothing_of_another(alice, bob, new_person):
    carol = new_person()
    Block.objects.create(person=bob, blocked=carol)
    assert takes(alice, bob.username) == Recipient(bob.pk, bob.username)
    assert takes(carol, bob.username) == UNKNOWN


def suspended(alice, bob):
    suspend(person=bob, until=None, reason="spam", actor=OPERATOR)


def not_active(alice, bob):
    User.objects.get(pk=bob.pk)  # as an operator's form does
    bob.is_active = False
    bob.save()


def blocking(alice, bob):
    block(person=bob, username=alice.username)


def deleted(alice, bob):
    bob.delete()


def renamed(alice, bob):
    bob.username = new_name()
    bob.save()


@pytest.mark.sql
@pytest.mark.parametrize("change", [suspended, not_active, blocking, deleted, renamed])
def test_whoever_takes_no_message_reads_like_an_unknown_name_from_the_next_send_on(alice, bob, change):
    name = bob.username
    assert takes(alice, name) == Recipient(bob.pk, name)
    change(alice, bob)
    for _ in range(2):
        assert takes(alice, name) == takes(alice, new_name()) == UNKNOWN


def test_the_sender_is_told_whom_they_block(alice, bob):
    assert takes(alice, bob.username) == Recipient(bob.pk, bob.username)
    block(person=alice, username=bob.username)
    for _ in range(2):
        with pytest.raises(RecipientBlocked):
            get_recipient(sender=alice, username=bob.username)


def test_of_two_who_block_each_other_neither_learns_it(alice, bob):
    block(person=alice, username=bob.username)
    block(person=bob, username=alice.username)
    assert takes(alice, bob.username) == takes(bob, alice.username) == UNKNOWN


def test_a_block_that_the_sender_made_does_not_tell_that_the_recipient_is_suspended(alice, bob):
    block(person=alice, username=bob.username)
    suspended(alice, bob)
    assert takes(alice, bob.username) == UNKNOWN


def test_a_no_is_asked_anew_each_time(alice, bob):
    name = new_name()
    assert takes(alice, name) == UNKNOWN
    person = User.objects.create_user(name, PASSWORD)
    assert takes(alice, name) == Recipient(person.pk, name)
    suspended(alice, bob)
    assert takes(alice, bob.username) == UNKNOWN
    unsuspend(person=bob, actor=OPERATOR)
    assert takes(alice, bob.username) == Recipient(bob.pk, bob.username)


def test_a_suspension_that_ends_by_time_lets_messages_through_without_anybodys_doing(alice, bob):
    User.objects.filter(pk=bob.pk).update(suspended_at=timezone.now(), suspended_until=timezone.now())
    assert takes(alice, bob.username) == Recipient(bob.pk, bob.username)


@pytest.mark.sql
def test_a_name_that_changed_hands_reaches_its_new_owner(alice, bob):
    name = bob.username
    assert takes(alice, name) == Recipient(bob.pk, name)
    renamed(alice, bob)
    heir = User.objects.create_user(name, PASSWORD)
    assert takes(alice, name) == Recipient(heir.pk, name)
    assert takes(alice, bob.username) == Recipient(bob.pk, bob.username)


@pytest.mark.parametrize(
    "username", ["a:b", "a b", "*", "[a-z]?", "\\", "{user}", '"', "%s", "🦊", "İstanbul", "g", "\u0130" * 16]
)
def test_names_with_odd_characters_are_keys_like_others(alice, new_person, username, redis_requests):
    person = new_person(username)
    other = new_person()
    for _ in range(2):
        assert takes(alice, username) == Recipient(person.pk, person.username)
        assert takes(alice, other.username) == Recipient(other.pk, other.username)
    block(person=person, username=alice.username)
    assert takes(alice, username) == UNKNOWN
    redis_requests.clear()
    assert takes(alice, other.username) == Recipient(other.pk, other.username)
    assert redis_requests == ["HMGET"]


@pytest.mark.sql
@pytest.mark.parametrize("username", ["", " ", "\0", "a\0b", "\n", "\u200b", "\ufdfa", "x" * 4_000])
def test_what_nobody_can_be_called_does_not_exist(alice, username):
    assert takes(alice, username) == UNKNOWN


@pytest.mark.parametrize("change", [suspended, not_active, blocking, deleted, renamed])
def test_a_reader_who_is_overtaken_by_a_change_stores_no_yes(alice, bob, monkeypatch, change):
    name = bob.username
    check = recipients._check_blocks

    def overtaken(sender, recipient):
        check(sender, recipient)
        monkeypatch.setattr(recipients, "_check_blocks", check)
        change(alice, User.objects.get(pk=bob.pk))

    monkeypatch.setattr(recipients, "_check_blocks", overtaken)
    assert takes(alice, name) == Recipient(bob.pk, name)  # it was so when it was read
    assert takes(alice, name) == UNKNOWN


def test_where_redis_was_not_told_of_a_block_a_yes_lives_60_seconds_at_most(alice, bob):
    redis = get_redis_connection("default")
    takes(alice, bob.username)
    Block.objects.create(person=bob, blocked=alice)  # by whoever dies between SQL and Redis
    assert takes(alice, bob.username) == Recipient(bob.pk, bob.username)
    assert 0 < redis.pttl(key(bob)) <= 60_000
    redis.pexpire(key(bob), 5_000)  # as if 55 s had passed
    takes(alice, bob.username)
    takes(bob, bob.username)  # another fill
    assert 0 < redis.pttl(key(bob)) <= 5_000
    redis.pexpire(key(bob), 1)
    while redis.exists(key(bob)):
        pass
    assert takes(alice, bob.username) == UNKNOWN


def test_while_redis_is_away_sql_is_asked(alice, bob, parts, dead):
    takes(alice, bob.username)
    with dead(parts.valkey):
        assert takes(alice, bob.username) == Recipient(bob.pk, bob.username)
        block(person=bob, username=alice.username)
        assert takes(alice, bob.username) == UNKNOWN
    assert takes(alice, bob.username) == UNKNOWN


def test_a_block_while_redis_hangs_holds_at_once_and_afterwards(alice, bob, parts, hanging):
    takes(alice, bob.username)
    with hanging(parts.valkey):
        block(person=bob, username=alice.username)
        assert takes(alice, bob.username) == UNKNOWN
    assert takes(alice, bob.username) == UNKNOWN


def test_whose_name_it_is_is_known_by_one_request_to_redis_until_that_changes(
    alice, redis_requests, django_assert_num_queries
):
    assert find_person_id(username=alice.username) == alice.pk
    redis_requests.clear()
    with django_assert_num_queries(0):
        assert find_person_id(username=alice.username.upper()) == alice.pk
    assert redis_requests == ["HMGET"]
    former, alice.username = alice.username, new_name()
    alice.save()
    assert find_person_id(username=former) is None
    assert find_person_id(username=alice.username) == alice.pk
    alice.is_active = False
    alice.save()
    assert find_person_id(username=alice.username) is None


def test_a_name_that_nobody_has_is_found_as_soon_as_somebody_has_it(new_person):
    name = new_name()
    assert find_person_id(username=name) is None
    person = new_person(name)
    assert find_person_id(username=name) == person.pk
