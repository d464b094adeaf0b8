"""Changing passwords, and setting new ones that were forgotten."""

from ipaddress import ip_address

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Link, Session, User
from accounts.services import passwords
from accounts.services.login import log_in
from accounts.services.passwords import (
    change_password,
    make_reset_link,
    password_rules,
    replace_password,
    request_reset,
    reset_password,
)
from accounts.services.sessions import list_sessions, start_session
from chatsystem.errors import InvalidLogin, InvalidPayload, LinkInvalid, RateLimited, WrongPassword
from tests.factories import PASSWORD, new_name
from tests.mails import new_address, sent, token_in
from tests.operators import OPERATOR

NEW = "battery staple correct"
HOME, ELSEWHERE = ip_address("203.0.113.7"), ip_address("198.51.100.9")


@pytest.fixture
def address(alice):
    """Alice's confirmed address."""
    address = f"{alice.username}@Example.org"
    User.objects.filter(pk=alice.pk).update(email=address, email_key=address.lower())
    alice.refresh_from_db()
    return address


@pytest.fixture
def limited(settings):
    """`limited(login=(2, 60))` switches limits on."""

    def switch_on(**rates):
        settings.RATE_LIMITS_ENABLED = True
        named = {name.replace("_", "-"): rate for name, rate in rates.items()}
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, **named}

    return switch_on


def start(person, address=None):
    return start_session(person=person, kind=Session.Kind.API, device="", address=address)


def change(person, session, current=PASSWORD, new=NEW, address=None):
    person = User.objects.get(pk=person.pk)  # as each request finds them
    change_password(person=person, current_password=current, new_password=new, session_id=session.pk, address=address)


def reset(link, new=NEW):
    reset_password(token=link.rpartition("/")[2], new_password=new)


def works(person, password):
    """Whether one can log in so."""
    try:
        return log_in(username=person.username, password=password) == person
    except InvalidLogin:
        return False


def ends(person):
    return sorted(Session.objects.filter(person=person).values_list("end_reason", flat=True))


def test_the_rules_are_told_in_words():
    assert password_rules() == [
        "Your password must contain at least 8 characters.",
        "Your password can have 128 characters at most.",
        "Your password can't be one of the 10,000 commonest.",
    ]


# Changing


@pytest.mark.sql
def test_a_new_password_counts_at_once_and_ends_all_other_sessions(alice, bob):
    mine, others, bobs = start(alice), [start(alice) for _ in range(2)], start(bob)
    change(alice, mine)
    assert (works(alice, NEW), works(alice, PASSWORD)) == (True, False)
    assert list_sessions(person=alice) == [mine]
    assert list_sessions(person=bob) == [bobs]
    assert ends(alice) == ["", *["password_changed"] * len(others)]


def test_a_wrong_current_password_is_refused_and_nothing_changes(alice, address):
    mine, other = start(alice), start(alice)
    for wrong in ("another", PASSWORD.upper(), "\0", ""):
        with pytest.raises(WrongPassword) as refusal:
            change(alice, mine, wrong)
        assert [(error.field, error.code) for error in refusal.value.errors] == [("current_password", "wrong_password")]
    assert works(alice, PASSWORD)
    assert set(list_sessions(person=alice)) == {mine, other}
    assert sent() == []


@pytest.mark.parametrize(
    ("new", "code", "limit"),
    [
        ("short", "password_too_short", 8),
        ("x" * 129, "password_too_long", 128),
        ("password", "password_too_common", None),
    ],
)
def test_a_new_password_that_cannot_be_is_refused_under_its_own_name_and_nothing_changes(alice, new, code, limit):
    mine, other = start(alice), start(alice)
    with pytest.raises(InvalidPayload) as refusal:
        change(alice, mine, new=new)
    assert [(error.field, error.code, error.limit) for error in refusal.value.errors] == [("new_password", code, limit)]
    assert works(alice, PASSWORD)
    assert set(list_sessions(person=alice)) == {mine, other}


def test_a_current_password_that_nobody_can_have_is_told_the_limit_and_not_hashed(alice, monkeypatch):
    monkeypatch.setattr(User, "check_password", None)
    with pytest.raises(InvalidPayload) as refusal:
        change(alice, start(alice), "x" * 129)
    assert [(error.field, error.code, error.limit) for error in refusal.value.errors] == [
        ("current_password", "too_long", 128)
    ]


def test_wrong_current_passwords_are_counted_with_wrong_log_ins_and_right_ones_are_not(alice, limited):
    limited(login=(3, 60))
    mine = start(alice, HOME)
    with pytest.raises(WrongPassword):
        change(alice, mine, "wrong", address=HOME)
    with pytest.raises(InvalidLogin):
        log_in(username=alice.username, password="wrong", address=HOME)
    for password in (NEW, PASSWORD):  # given back
        change(alice, mine, PASSWORD if password == NEW else NEW, password, address=HOME)
    with pytest.raises(WrongPassword):
        change(alice, mine, "wrong", address=HOME)
    with pytest.raises(RateLimited):
        change(alice, mine, PASSWORD, address=HOME)
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)
    assert log_in(username=alice.username, password=PASSWORD, address=ELSEWHERE) == alice


@pytest.mark.sql
def test_a_password_that_was_reset_meanwhile_stays(alice, monkeypatch):
    """Whoever knew the old one must not undo what its owner has just done by a link."""
    mine, link = start(alice), make_reset_link(person=alice)
    make = passwords.make_password

    def make_late(password):
        monkeypatch.setattr(passwords, "make_password", make)
        reset(link, "set by the link")
        return make(password)

    monkeypatch.setattr(passwords, "make_password", make_late)
    with pytest.raises(WrongPassword):
        change(alice, mine)
    assert works(alice, "set by the link")
    assert ends(alice) == ["password_reset"]


@pytest.mark.sql
def test_a_change_is_told_to_the_confirmed_address_and_ends_links(alice, address):
    link = make_reset_link(person=alice)
    change(alice, start(alice))
    (message,) = sent()
    assert (message.to, message.subject) == ([address], "Your password was changed")
    assert f"account {alice.username} at http" in message.body
    assert NEW not in message.body
    with pytest.raises(LinkInvalid):
        reset(link)
    assert works(alice, NEW)


def test_a_person_without_an_address_is_sent_nothing(alice):
    change(alice, start(alice))
    assert sent() == []


@pytest.mark.sql
def test_an_operator_sets_a_password_or_none_and_the_person_is_out_everywhere(alice, address):
    start(alice)
    replace_password(person=alice, new_password=NEW, actor=OPERATOR)
    assert works(alice, NEW)
    assert ends(alice) == ["password_changed"]
    start(alice)
    replace_password(person=alice, new_password=None, actor=OPERATOR)
    assert not User.objects.get(pk=alice.pk).has_usable_password()
    assert ends(alice) == ["password_changed"] * 2
    assert [message.subject for message in sent()] == ["Your password was changed"] * 2


# Setting a forgotten one


@pytest.mark.sql
@pytest.mark.django_db(transaction=True)
def test_a_forgotten_password_is_set_anew_by_the_link_in_a_message(alice, address):
    request_reset(email=address.upper())
    (message,) = sent()
    assert (message.to, message.subject) == ([address], "Set a new password")
    assert alice.username in message.body
    start(alice)
    reset_password(token=token_in(message.body), new_password=NEW)
    assert (works(alice, NEW), works(alice, PASSWORD)) == (True, False)
    assert ends(alice) == ["password_reset"]
    assert [message.subject for message in sent()] == ["Set a new password", "Your password was changed"]


@pytest.mark.django_db(transaction=True)
def test_the_message_goes_to_the_address_that_was_confirmed_whatever_was_typed(alice, address):
    typed = address.replace("E", "\uff25")  # the same, by its key
    request_reset(email=typed)
    assert [message.to for message in sent()] == [[address]]


@pytest.mark.sql
@pytest.mark.django_db(transaction=True)
def test_only_people_who_may_act_are_sent_a_link_and_only_to_a_confirmed_address(alice, bob, address):
    passwords_before = set(User.objects.values_list("password", flat=True))
    for change in ({"is_active": False}, {"is_active": True, "suspended_at": timezone.now()}):
        User.objects.filter(pk=alice.pk).update(**change)
        request_reset(email=address)
    asked = new_address(new_name())
    passwords.make_link(person=bob, purpose=Link.Purpose.CONFIRM_EMAIL, email=asked)
    request_reset(email=asked)
    request_reset(email=new_address(new_name()))
    assert sent() == []
    assert not Link.objects.filter(purpose=Link.Purpose.RESET_PASSWORD).exists()
    assert set(User.objects.values_list("password", flat=True)) == passwords_before


@pytest.mark.django_db(transaction=True)
def test_a_known_address_costs_the_request_what_an_unknown_one_does(address, limited, redis_requests):
    limited()
    work = []
    for email in (address, new_address(new_name())):
        redis_requests.clear()
        with CaptureQueriesContext(connection) as queries:
            assert request_reset(email=email) is None
        work.append((len(queries), list(redis_requests)))
    sent()
    assert work == [(0, ["EVALSHA"])] * 2


@pytest.mark.parametrize("known", [True, False])
def test_messages_to_one_address_are_limited_whether_or_not_anybody_has_it(alice, address, limited, known, monkeypatch):
    asked = []
    monkeypatch.setattr(passwords, "run_later", asked.append)
    limited(reset=(2, 60))
    email = address if known else new_address(new_name())
    for writing in (email, email.upper()):
        request_reset(email=writing, address=HOME)
    for place in (HOME, ELSEWHERE):
        with pytest.raises(RateLimited, match="Too many messages to this e-mail address"):
            request_reset(email=email, address=place)
    assert len(asked) == 2


def test_requests_from_one_address_are_limited(db, limited, monkeypatch):
    asked = []
    monkeypatch.setattr(passwords, "run_later", asked.append)
    place = ip_address("203.0.113.77")
    limited(reset_address=(2, 60))
    for _ in range(2):
        request_reset(email=new_address(new_name()), address=place)
    with pytest.raises(RateLimited, match="Too many forgotten passwords from this address"):
        request_reset(email=new_address(new_name()), address=place)
    request_reset(email=new_address(new_name()), address=ELSEWHERE)
    assert len(asked) == 3


def test_what_is_no_address_is_refused_and_neither_counted_nor_looked_up(db, monkeypatch):
    monkeypatch.setattr(passwords, "run_later", None)
    with pytest.raises(InvalidPayload):
        request_reset(email="amy")


def test_a_refused_password_leaves_the_link_usable(alice):
    link = make_reset_link(person=alice)
    with pytest.raises(InvalidPayload) as refusal:
        reset(link, "short")
    assert [(error.field, error.code, error.limit) for error in refusal.value.errors] == [
        ("new_password", "password_too_short", 8)
    ]
    assert works(alice, PASSWORD)
    reset(link)
    assert works(alice, NEW)


@pytest.mark.sql
def test_a_used_link_is_worth_nothing_and_nor_are_the_persons_others(alice):
    first, second = (make_reset_link(person=alice) for _ in range(2))
    reset(first)
    for link in (first, second):
        with pytest.raises(LinkInvalid):
            reset(link, "a third password")
    assert works(alice, NEW)


def test_a_reset_makes_room_for_log_ins_with_that_name_everywhere(alice, bob, limited):
    limited(login=(1, 60), login_name=(2, 60))
    for person in (alice, bob):
        for place in (HOME, ELSEWHERE):
            with pytest.raises(InvalidLogin):
                log_in(username=person.username, password="wrong", address=place)
    reset(make_reset_link(person=alice))
    for place in (HOME, ELSEWHERE):
        assert log_in(username=alice.username, password=NEW, address=place) == alice
        with pytest.raises(RateLimited):
            log_in(username=bob.username, password=PASSWORD, address=place)


def test_a_reset_works_while_redis_is_away(alice, parts, hanging):
    link = make_reset_link(person=alice)
    with hanging(parts.valkey):
        reset(link)
    assert works(alice, NEW)
