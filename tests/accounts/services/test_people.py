"""Finding people by what operators call them."""

import uuid

import pytest

from accounts.services.people import find_by_name_or_id, find_id

pytestmark = pytest.mark.sql


def test_somebody_is_found_by_name_in_any_case_and_by_id(alice):
    for name in (alice.username, alice.username.upper(), str(alice.pk), alice.pk.hex.upper()):
        assert find_id(name=name) == alice.pk
        assert find_by_name_or_id(name=name) == alice


def test_nobody_is_found_by_what_is_neither_but_an_id_may_outlive_its_account(db):
    assert (find_id(name="nobody of that name"), find_by_name_or_id(name="nobody of that name")) == (None, None)
    gone = uuid.uuid4()
    assert (find_id(name=str(gone)), find_by_name_or_id(name=str(gone))) == (gone, None)
