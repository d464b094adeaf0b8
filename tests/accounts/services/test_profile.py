"""What people tell of themselves, and what they choose."""

import re

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Session, User
from accounts.services.emails import confirm_email
from accounts.services.profile import Profile, change_profile, get_profile
from accounts.services.recognition import recognise
from accounts.services.sessions import start_session
from chatsystem import background
from chatsystem.errors import InvalidPayload, InvalidToken, RateLimited, WrongPassword
from tests.factories import PASSWORD, new_name


@pytest.fixture
def recognised(alice):
    """A maker of Alice as a request sees her, of whom Redis tells a part."""
    session = start_session(person=alice, kind=Session.Kind.API, device="", address=None)

    def make():
        return recognise(person_id=alice.pk, session_id=session.pk, address=None, policy=None)

    make()
    return make


def profile_of(person, **values):
    """What somebody sees who has chosen nothing but `values`."""
    chosen = {"display_name": "", "email": "", "email_pending": False, "time_zone": "", "language": ""}
    return Profile(id=person.pk, username=person.username, created_at=person.date_joined, **{**chosen, **values})


def new_address():
    return f"{new_name()}@example.org"


def faults(refusal):
    return [(error.field, error.code) for error in refusal.value.errors]


@pytest.mark.sql
def test_a_profile_says_all_there_is_and_costs_one_query(alice, recognised, django_assert_num_queries):
    person = recognised()
    with django_assert_num_queries(1):
        assert get_profile(person=person) == profile_of(alice)


@pytest.mark.sql
def test_whoever_is_gone_has_no_profile(alice):
    User.objects.filter(pk=alice.pk).delete()
    with pytest.raises(InvalidToken):
        get_profile(person=alice)


@pytest.mark.sql
def test_what_is_named_is_changed_and_everything_else_stays(alice, recognised):
    chosen = {"display_name": "Amy Lee", "time_zone": "Europe/Zurich", "language": "de-ch"}
    assert change_profile(person=recognised(), **chosen) == profile_of(alice, **chosen)
    changed = change_profile(person=recognised(), language="zh-Hant")
    assert changed == profile_of(alice, **{**chosen, "language": "zh-hant"})
    before = User.objects.filter(pk=alice.pk).values().get()
    assert change_profile(person=recognised()) == changed
    assert User.objects.filter(pk=alice.pk).values().get() == before
    assert change_profile(person=recognised(), **dict.fromkeys(chosen, "")) == profile_of(alice)


def test_the_next_request_sees_what_was_changed(recognised):
    change_profile(person=recognised(), display_name="Amy", time_zone="Asia/Tokyo", language="ja")
    person = recognised()
    assert (person.display_name, person.time_zone, person.language) == ("Amy", "Asia/Tokyo", "ja")


@pytest.mark.sql
def test_two_changes_at_once_of_different_fields_both_stay(alice, recognised):
    one, other = recognised(), recognised()
    change_profile(person=one, display_name="Amy")
    change_profile(person=other, language="en")
    assert get_profile(person=alice) == profile_of(alice, display_name="Amy", language="en")


@pytest.mark.sql
@pytest.mark.parametrize("time_zone", ["UTC", "Europe/Zurich", "America/Argentina/Buenos_Aires", "Etc/GMT+12"])
def test_time_zones_have_the_names_of_the_database(alice, time_zone):
    assert change_profile(person=alice, time_zone=time_zone).time_zone == time_zone


@pytest.mark.parametrize(
    "time_zone", ["Mars/Phobos", "europe/zurich", "Europe/", "../../etc/passwd", "localtime", "Factory", " ", "+01:00"]
)
def test_an_unknown_time_zone_is_refused_and_nothing_changes(alice, time_zone):
    with pytest.raises(InvalidPayload) as refusal:
        change_profile(person=alice, display_name="Amy", time_zone=time_zone)
    assert faults(refusal) == [("time_zone", "unknown_time_zone")]
    assert get_profile(person=alice) == profile_of(alice)


@pytest.mark.parametrize("language", ["en", "de-CH", "PT-br", "gsw", "zh-Hant-TW", "es-419"])
def test_languages_are_tags_without_regard_to_case(alice, language):
    assert change_profile(person=alice, language=language).language == language.lower()


@pytest.mark.parametrize(
    "language",
    ["e", "english", "de_CH", "de-", "-de", "de-ch-x-private", "d\u0435", "\u0130n", " de", "de\n", "de, en"],
)
def test_a_malformed_language_is_refused_and_nothing_changes(alice, language):
    with pytest.raises(InvalidPayload) as refusal:
        change_profile(person=alice, display_name="Amy", language=language)
    assert faults(refusal) == [("language", "malformed_language")]
    assert get_profile(person=alice) == profile_of(alice)


def test_a_display_name_that_cannot_be_is_refused_and_nothing_changes(alice):
    with pytest.raises(InvalidPayload) as refusal:
        change_profile(person=alice, display_name="A\nmy", language="en")
    assert faults(refusal) == [("display_name", "unprintable")]
    assert get_profile(person=alice) == profile_of(alice)


@pytest.mark.sql
def test_an_address_is_pending_until_its_link_is_used(alice, recognised):
    address = new_address()
    changed = change_profile(person=recognised(), email=address, current_password=PASSWORD, language="en")
    assert changed == profile_of(alice, email_pending=True, language="en")
    background.drain(10)
    (message,) = mail.outbox
    assert message.to == [address]
    (token,) = re.findall(r"/([\w-]{43})\b", message.body)
    confirm_email(token=token)
    assert get_profile(person=alice) == profile_of(alice, email=address, language="en")


@pytest.mark.sql
def test_a_link_that_has_expired_is_not_pending(alice):
    assert change_profile(person=alice, email=new_address(), current_password=PASSWORD).email_pending
    alice.links.update(expires_at=timezone.now())
    assert not get_profile(person=alice).email_pending


def test_an_empty_address_takes_the_one_that_is_there_away(alice, recognised):
    address = new_address()
    User.objects.filter(pk=alice.pk).update(email=address, email_key=address)
    assert get_profile(person=alice).email == address
    assert change_profile(person=recognised(), email="", current_password=PASSWORD) == profile_of(alice)
    alice.refresh_from_db()
    assert (alice.email, alice.email_key) == ("", None)


@pytest.mark.parametrize(
    ("given", "error", "fault"),
    [
        ({}, InvalidPayload, ("current_password", "required")),
        ({"current_password": "not the password"}, WrongPassword, ("current_password", "wrong_password")),
        ({"current_password": "x" * 129}, InvalidPayload, ("current_password", "too_long")),
    ],
)
@pytest.mark.parametrize("email", ["new@example.org", ""])
def test_an_address_is_changed_only_by_whoever_knows_the_password(alice, recognised, email, given, error, fault):
    address = new_address()
    User.objects.filter(pk=alice.pk).update(email=address, email_key=address)
    with pytest.raises(error) as refusal:
        change_profile(person=recognised(), display_name="Amy", email=email, **given)
    assert faults(refusal) == [fault]
    assert get_profile(person=alice) == profile_of(alice, email=address)
    assert not alice.links.exists()
    background.drain(10)
    assert mail.outbox == []


def test_what_cannot_be_an_address_is_refused_before_the_password_is_tried(alice):
    with pytest.raises(InvalidPayload) as refusal:
        change_profile(person=alice, display_name="Amy", email="no address", current_password="wrong")
    assert faults(refusal) == [("email", "invalid_email")]
    assert get_profile(person=alice) == profile_of(alice)


def test_wrong_passwords_count_as_log_ins_that_failed_and_right_ones_do_not(alice, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (2, 900)}
    for _ in range(3):
        change_profile(person=alice, email=new_address(), current_password=PASSWORD)
    for _ in range(2):
        with pytest.raises(WrongPassword):
            change_profile(person=alice, email=new_address(), current_password="wrong")
    with pytest.raises(RateLimited):
        change_profile(person=alice, email=new_address(), display_name="Amy", current_password=PASSWORD)
    assert get_profile(person=alice).display_name == ""


@pytest.mark.sql
def test_an_address_that_gets_too_many_messages_changes_nothing(alice, settings):
    settings.RATE_LIMITS_ENABLED = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "confirm": (1, 3600)}
    address = new_address()
    change_profile(person=alice, email=address, current_password=PASSWORD)
    link = alice.links.values().get()
    with pytest.raises(RateLimited):
        change_profile(person=alice, email=address, display_name="Amy", current_password=PASSWORD)
    assert get_profile(person=alice) == profile_of(alice, email_pending=True)
    assert alice.links.values().get() == link
