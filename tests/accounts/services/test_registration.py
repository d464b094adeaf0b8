"""Registering."""

import threading
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

import pytest
from django.db import connection

from accounts.models import User
from accounts.services import registration
from accounts.services.emails import confirm_email
from accounts.services.registration import register
from chatsystem.errors import InvalidPayload, RateLimited, UsernameTaken
from tests.factories import PASSWORD, new_name
from tests.mails import new_address, sent, token_sent

pytestmark = pytest.mark.sql


def test_registering_makes_an_active_person_without_rights(db):
    username = new_name()
    person = register(username=username, password=PASSWORD)
    stored = User.objects.get(pk=person.pk)
    assert (stored.username, stored.username_key) == (username, username)
    assert (stored.is_active, stored.is_staff, stored.is_superuser) == (True, False, False)
    assert stored.check_password(PASSWORD)
    assert stored.id.version == 4


@pytest.mark.parametrize(
    ("first", "second"),
    [("Amy", "aMY"), ("Straße", "STRASSE"), ("amy", "\uff41\uff4d\uff59"), ("ﬁona", "FIONA")],
)
def test_a_name_that_is_taken_in_another_writing_is_refused_and_nobody_is_made(db, first, second):
    register(username=first, password=PASSWORD)
    with pytest.raises(UsernameTaken):
        register(username=second, password="another password")
    assert list(User.objects.values_list("username", flat=True)) == [register_name(first)]


def register_name(written):
    return {"ﬁona": "fiona"}.get(written, written)


@pytest.mark.parametrize(
    ("username", "password", "field"),
    [("", PASSWORD, "username"), ("a\nmy", PASSWORD, "username"), ("amy", "short", "password")],
)
def test_what_cannot_be_is_refused_and_nobody_is_made(db, username, password, field):
    with pytest.raises(InvalidPayload) as refusal:
        register(username=username, password=password)
    assert [error.field for error in refusal.value.errors] == [field]
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_in_threads_one_wins_and_the_others_learn_that_the_name_is_taken(monkeypatch):
    """Nobody sees the others before storing: the database alone decides."""
    together = threading.Barrier(4)
    monkeypatch.setattr(registration, "is_taken", lambda **_: together.wait() < 0)
    name = new_name()

    def attempt(index):
        try:
            return register(username=name.upper() if index % 2 else name, password=f"{PASSWORD} {index}")
        except UsernameTaken:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = [person for person in pool.map(attempt, range(4)) if person]
    assert [person.pk for person in made] == list(User.objects.values_list("pk", flat=True))
    assert len(made) == 1


def test_an_address_is_sent_a_link_and_not_kept_until_it_is_confirmed(db):
    address = new_address(new_name())
    person = register(username=new_name(), password=PASSWORD, email=address)
    assert (person.email, person.email_key) == ("", None)
    assert [message.to for message in sent()] == [[address]]
    confirm_email(token=token_sent(address))
    person.refresh_from_db()
    assert person.email == address


@pytest.mark.parametrize("email", ["amy", "amy@example.org\nBcc: bob@example.org", "a" * 250 + "@example.org"])
def test_what_is_no_address_is_refused_and_nobody_is_made(db, email):
    with pytest.raises(InvalidPayload) as refusal:
        register(username=new_name(), password=PASSWORD, email=email)
    assert [error.field for error in refusal.value.errors] == ["email"]
    assert not User.objects.exists()
    assert sent() == []


def test_a_name_that_is_taken_sends_nothing(alice):
    with pytest.raises(UsernameTaken):
        register(username=alice.username, password=PASSWORD, email=new_address(new_name()))
    assert sent() == []


def test_an_address_that_got_too_many_messages_is_refused_and_nobody_is_made(db, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "confirm": (1, 60)}
    address, place = new_address(new_name()), ip_address("203.0.113.99")
    register(username=new_name(), password=PASSWORD, email=address, address=place)
    with pytest.raises(RateLimited):
        register(username=new_name(), password=PASSWORD, email=address.upper(), address=place)
    assert User.objects.count() == 1
    assert len(sent()) == 1
