"""How passwords are hashed, and which are refused."""

import gzip
from itertools import islice
from pathlib import Path

import hypothesis
import pytest
from django.contrib.auth import password_validation
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, identify_hasher, make_password
from hypothesis import given
from hypothesis import strategies as st

from accounts.passwords import common_passwords
from accounts.services.login import log_in
from accounts.services.passwords import check_password as check_new_password
from chatsystem.errors import InvalidPayload
from chatsystem.limits import PASSWORD_MEMORY
from tests.factories import PASSWORD


def faults(password):
    """What is wrong with a new password: codes and limits."""
    try:
        check_new_password(password)
    except InvalidPayload as refusal:
        return [(error.code, error.limit) for error in refusal.errors if error.field == "password"]
    return []


@pytest.mark.parametrize(
    "password",
    ["x7-kq2m9", "x7-kq2m9" * 16, "Pa$$word", "pa$$word", "correct horse battery", "8 spaces", "пароль-и-я", "🦊" * 8],
)
def test_passwords_of_8_to_128_characters_are_taken(password):
    assert faults(password) == []


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("x7-kq2m", [("password_too_short", 8)]),
        ("🦊" * 7, [("password_too_short", 8)]),
        ("x7-kq2m9" * 16 + "x", [("password_too_long", 128)]),
        ("password", [("password_too_common", None)]),
        ("PassWord", [("password_too_common", None)]),
        (" password ", [("password_too_common", None)]),
        ("12345678", [("password_too_common", None)]),
        ("123456", [("password_too_short", 8), ("password_too_common", None)]),
    ],
)
def test_other_passwords_are_refused_with_all_that_is_wrong(password, found):
    assert faults(password) == found


def test_the_10_000_commonest_are_refused_and_no_more():
    path = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    with gzip.open(path, "rt") as lines:
        commonest = [line.strip() for line in islice(lines, 10_001)]
    assert common_passwords() == set(commonest[:10_000])
    assert commonest[10_000] not in common_passwords()


@pytest.fixture
def production_cost(settings):
    """Hashes as production makes them; those of other tests fill 8 KiB."""
    settings.PASSWORD_MEMORY = PASSWORD_MEMORY


def test_a_hash_is_argon2id_at_the_minimum_of_owasp(production_cost):
    encoded = make_password(PASSWORD)
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(PASSWORD, encoded)
    assert not check_password(PASSWORD + " ", encoded)


def test_two_hashes_of_one_password_differ():
    assert make_password(PASSWORD) != make_password(PASSWORD)


@hypothesis.settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128))
def test_a_password_matches_itself_alone(password):
    encoded = make_password(password)
    assert len(encoded) <= 128  # the column's width
    assert check_password(password, encoded)
    assert not check_password(password + " ", encoded)


class Former(Argon2PasswordHasher):
    time_cost = 1
    memory_cost = 1_024
    parallelism = 1


def test_a_hash_of_old_parameters_is_made_anew_at_log_in(new_person, production_cost):
    person = new_person()
    person.password = Former().encode(PASSWORD, Former().salt())
    assert "m=1024,t=1,p=1" in person.password
    person.save()
    log_in(username=person.username, password=PASSWORD)
    person.refresh_from_db()
    assert person.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(PASSWORD, person.password)
    assert not identify_hasher(person.password).must_update(person.password)
