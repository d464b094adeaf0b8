"""People's e-mail addresses."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import Link, User
from accounts.services import emails
from accounts.services.emails import confirm_email, get_confirmation, remove_email, request_email
from accounts.services.links import get_link
from accounts.services.passwords import make_reset_link
from chatsystem.errors import EmailUnavailable, InvalidPayload, LinkInvalid, RateLimited
from tests.factories import new_name
from tests.mails import new_address, sent, token_in, token_sent

pytestmark = pytest.mark.sql


@pytest.fixture
def address():
    return new_address(new_name())


def confirmed(person, email):
    """Have `person` confirm an address."""
    request_email(person=person, email=email)
    confirm_email(token=token_sent(email))
    person.refresh_from_db()


def kept(person):
    return tuple(User.objects.values_list("email", "email_key").get(pk=person.pk))


def test_an_address_counts_once_it_is_confirmed(alice, address):
    request_email(person=alice, email=address.upper())
    assert kept(alice) == ("", None)
    (message,) = sent()
    assert (message.to, message.subject) == ([address.upper()], "Confirm your e-mail address")
    confirm_email(token=token_in(message.body))
    assert kept(alice) == (address.upper(), address)


def test_the_message_says_nothing_that_somebody_chose(new_person, address, settings):
    """Whoever asks may do it for somebody else's address, to write to them in our name."""
    settings.PUBLIC_URL = "https://chat.example.org"
    request_email(person=new_person("evil.example"), email=address)
    (message,) = sent()
    assert "evil" not in str(message.message())
    assert "an account at https://chat.example.org." in message.body
    assert message.body.count("https://chat.example.org/email/confirm/") == 1


def test_what_is_no_address_is_refused_and_nothing_is_sent(alice):
    with pytest.raises(InvalidPayload):
        request_email(person=alice, email="amy@example.org\nBcc: bob@example.org")
    assert sent() == []
    assert not Link.objects.exists()


def test_an_address_that_somebody_has_is_sent_the_same_message_and_cannot_be_confirmed(alice, bob, address):
    confirmed(bob, address)
    request_email(person=alice, email=address.upper())
    free = new_address(new_name())
    request_email(person=alice, email=free)
    _, taken, other = sent()
    assert taken.body.replace(token_in(taken.body), "") == other.body.replace(token_in(other.body), "")
    request_email(person=alice, email=address.upper())
    token = token_sent(address.upper())
    with pytest.raises(EmailUnavailable):
        confirm_email(token=token)
    assert (kept(alice), kept(bob)) == (("", None), (address, address))
    # Nothing was half done: once it's free, the link that came to it is as good as before.
    remove_email(person=bob)
    confirm_email(token=token)
    assert kept(alice) == (address.upper(), address)


def test_a_confirmed_address_stays_until_the_new_one_is_confirmed_and_is_then_told(alice, address):
    confirmed(alice, address)
    new = new_address(new_name())
    request_email(person=alice, email=new)
    assert kept(alice) == (address, address)
    token = token_sent(new)
    sent().clear()
    confirm_email(token=token)
    assert kept(alice) == (new, new)
    (message,) = sent()
    assert (message.to, message.subject) == ([address], "Your e-mail address was changed")
    assert alice.username in message.body
    assert new not in message.body


def test_an_address_that_is_written_anew_is_not_told(alice, address):
    confirmed(alice, address)
    request_email(person=alice, email=address.upper())
    token = token_sent(address.upper())
    sent().clear()
    confirm_email(token=token)
    assert kept(alice) == (address.upper(), address)
    assert sent() == []


def test_a_removed_address_is_told_and_free_for_others(alice, bob, address):
    confirmed(alice, address)
    sent().clear()
    remove_email(person=alice)
    assert kept(alice) == ("", None)
    assert [(message.to, message.subject) for message in sent()] == [([address], "Your e-mail address was changed")]
    confirmed(bob, address)
    assert kept(bob) == (address, address)


def test_a_person_without_an_address_may_remove_it_and_nobody_is_told(alice):
    remove_email(person=alice)
    assert kept(alice) == ("", None)
    assert sent() == []


def test_a_newer_request_ends_the_link_of_the_one_before(alice, address):
    request_email(person=alice, email=address)
    former = token_sent(address)
    request_email(person=alice, email=new_address(new_name()))
    with pytest.raises(LinkInvalid):
        confirm_email(token=former)
    assert kept(alice) == ("", None)


@pytest.mark.parametrize("change", [remove_email, lambda person: confirmed(person, new_address(new_name()))])
def test_a_change_ends_links_that_are_on_their_way_to_the_former_address(alice, address, change):
    confirmed(alice, address)
    token = make_reset_link(person=alice).rpartition("/")[2]
    change(person=alice)
    with pytest.raises(LinkInvalid):
        get_link(token=token, purpose=Link.Purpose.RESET_PASSWORD)


def test_a_link_is_good_for_once_and_looking_at_it_uses_nothing_up(alice, address):
    request_email(person=alice, email=address)
    token = token_sent(address)
    for _ in range(2):
        link = get_confirmation(token=token)
        assert (link.person, link.email) == (alice, address)
    confirm_email(token=token)
    with pytest.raises(LinkInvalid):
        confirm_email(token=token)


def test_messages_to_one_address_are_limited_whoever_asks_for_them(alice, bob, address, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "confirm": (2, 60)}
    request_email(person=alice, email=address)
    request_email(person=bob, email=address.upper())
    with pytest.raises(RateLimited, match="Too many messages to this e-mail address"):
        request_email(person=alice, email=address)
    assert len(sent()) == Link.objects.filter(used_at=None).count() == 2
    request_email(person=alice, email=new_address(new_name()))
    assert len(sent()) == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_confirm_one_address_at_once_one_gets_it(new_person, address, monkeypatch):
    people = [new_person() for _ in range(2)]
    tokens = []
    for person in people:
        request_email(person=person, email=address)
        tokens.append(token_sent(address))
    together, look = threading.Barrier(2), emails.get_confirmation

    def look_together(*, token):
        link = look(token=token)
        together.wait()
        return link

    monkeypatch.setattr(emails, "get_confirmation", look_together)

    def attempt(token):
        try:
            confirm_email(token=token)
        except EmailUnavailable:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, tokens)) == [False, True]
    assert sorted(kept(person) for person in people if kept(person)[1]) == [(address, address)]
