"""People."""

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError

from accounts.models import User
from accounts.services.people import find_active_person
from chatsystem.errors import InvalidPayload
from tests.factories import PASSWORD, new_name

pytestmark = pytest.mark.sql


def test_storing_a_person_cleans_the_name_and_keeps_its_key_with_it(new_person):
    person = new_person("\uff21\uff4d\uff39")
    person.refresh_from_db()
    assert (person.username, person.username_key) == ("AmY", "amy")
    person.username = "Bea"
    person.save()
    person.refresh_from_db()
    assert person.username_key == "bea"


def test_a_name_in_another_case_cannot_be_stored_by_whatever_way(alice):
    with pytest.raises(IntegrityError):
        User.objects.create(username=alice.username.upper())


def test_what_cannot_be_a_name_cannot_be_stored_by_whatever_way(db):
    with pytest.raises(InvalidPayload):
        User.objects.create_user("a\u200bmy", PASSWORD)
    assert not User.objects.exists()


def test_ids_are_random(new_person):
    assert len({new_person().pk.int >> 80 for _ in range(3)}) == 3


def test_people_are_found_by_name_in_any_case_and_by_id_while_active(alice):
    assert find_active_person(username=alice.username.upper()) == alice
    alice.is_active = False
    alice.save()
    assert find_active_person(username=alice.username) is None


def test_nobody_is_found_by_a_name_that_nobody_has(db):
    assert find_active_person(username=new_name()) is None
    assert authenticate(username=None, password=None) is None
